"""The cast of the exercise: how a site, an area, a zone, a project, a hazard is worded when it is added."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from resources.build.sample_layout import Ground, Thing
from resources.build.sample_words import (
    CALL_SIGNS,
    ORGANISATIONS,
    RANKS,
    SECRETS,
    TYPES,
    phone,
    site_name,
    village,
)

FROM, TO = "2026-01-01", "2027-12-31"
_COUNTRY_TYPES = ("hospital", "health_facility", "school", "camp", "warehouse", "water_point")


@dataclass
class Story:
    """The lists that the sample files are written from."""

    random: Random
    ground: Ground
    sites: list[Thing] = field(default_factory=list)
    areas: list[Thing] = field(default_factory=list)
    zones: list[Thing] = field(default_factory=list)
    projects: list[Thing] = field(default_factory=list)
    movements: list[Thing] = field(default_factory=list)
    hazards: list[Thing] = field(default_factory=list)

    def site(self, point: Any, category: str, place: str, **facts: Any) -> Thing:
        """Add a site."""
        number = len(self.sites) + 1
        word = self.random
        thing = Thing(
            point,
            {
                "id": f"EX-HS-{number:04d}",
                "name": site_name(category, place, number, word),
                "category": category,
                "type": TYPES[category],
                "organisation": word.choice(ORGANISATIONS),
                "contact": f"Дежурен {number} (учение), {phone(number)}",
                "status": word.choice(("Open", "Open", "Open", "Partial", "Closed")),
                "verification": word.choice(("verified", "verified", "reported", "unverified")),
                "people": word.randint(20, 900),
                "uncertainty_m": None,
                "standoff_m": None,
                "from": FROM,
                "to": word.choice((TO, None)),
                **facts,
            },
        )
        self.sites.append(thing)
        return thing

    def country_site(self, point: Any, **facts: Any) -> Thing:
        """Add a site of a village that is named after it."""
        number = len(self.sites)
        return self.site(point, self.random.choice(_COUNTRY_TYPES), village(number), **facts)

    def area(self, geometry: Any, protects: list[Thing], **facts: Any) -> None:
        """Add a no-strike area around sites."""
        number = len(self.areas) + 1
        self.areas.append(
            Thing(
                geometry,
                {
                    "id": f"EX-NSA-{number:03d}",
                    "name": f"EXERCISE NSA {number:03d}",
                    "type": self.random.choice(("No fire area", "Protected site area")),
                    "sites": "; ".join(site.facts["id"] for site in protects),
                    "issued_by": "EXERCISE HQ NORTH STAR",
                    "contact": f"EXERCISE duty officer, {phone(7000 + number)}",
                    "from": FROM,
                    "to": None,
                    **facts,
                },
            )
        )

    def zone(self, geometry: Any, **facts: Any) -> None:
        """Add a military zone, with the words that must never leave the machine."""
        number = len(self.zones) + 1
        sign = CALL_SIGNS[number % len(CALL_SIGNS)]
        self.zones.append(
            Thing(
                geometry,
                {
                    "id": f"EX-MZ-{number:03d}",
                    "name": f"EXERCISE zone {sign} {number}",
                    "type": self.random.choice(("Operations", "Live fire", "Training", "Restricted", "ROZ")),
                    "unit": f"{number}. учебна рота „{sign}“",
                    "status": self.random.choice(("Active", "Active", "Planned")),
                    "contact": f"{RANKS[number % 4]} Примеров {number}, {phone(9000 + number)}",
                    "remarks": SECRETS[number % len(SECRETS)],
                    "from": f"{FROM}T00:00:00Z",
                    "to": f"{TO}T22:00:00Z" if number % 3 else None,
                    **facts,
                },
            )
        )

    def project(self, geometry: Any, **facts: Any) -> None:
        """Add a project."""
        number = len(self.projects) + 1
        title, kind, sector = (
            ("Ремонт на мост", "bridge", "Early recovery"),
            ("Водопровод", "water", "WASH"),
            ("Ремонт на училище", "school", "Education"),
            ("Здравен пункт", "clinic", "Health"),
            ("Ремонт на път", "road", "Logistics"),
        )[number % 5]
        self.projects.append(
            Thing(
                geometry,
                {
                    "project_id": f"EX-PR-{number:03d}",
                    "title": f"{title} {number} (учение)",
                    "type": kind,
                    "sector": sector,
                    "implementer": self.random.choice(ORGANISATIONS),
                    "status": self.random.choice(("Ongoing", "Planned")),
                    "contact": f"EXERCISE project office, {phone(8000 + number)}",
                    "start": FROM,
                    "end": TO,
                    **facts,
                },
            )
        )

    def hazard(self, geometry: Any, kind: str, **facts: Any) -> None:
        """Add a hazard."""
        number = len(self.hazards) + 1
        self.hazards.append(
            Thing(
                geometry,
                {
                    "hazard_id": f"EX-HZ-{number:03d}",
                    "label": f"EXERCISE hazard {number}",
                    "type": kind,
                    "reported_by": "Exercise Mine Action",
                    "confidence": self.random.choice(("confirmed", "suspected")),
                    "uncertainty_m": None,
                    "from": FROM,
                    "to": None,
                    **facts,
                },
            )
        )
