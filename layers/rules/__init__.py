"""SEAM: one file a rule. A new rule is one file, one line in its group below, and one case file."""

from collections.abc import Mapping
from types import MappingProxyType

from layers.checks import Rule
from layers.errors import LayersError
from layers.rules import (
    airspace_against_flight,
    duplicate_projects,
    exercise_mixed_with_real,
    expired,
    hazard_near_project,
    hazard_near_site,
    hazard_on_arrangement,
    hazard_on_movement,
    installation_near_site,
    many_zones_around_site,
    missing_field,
    movement_crosses_zone,
    movement_on_closed_road,
    movement_stop_near_zone,
    need_without_project,
    no_label_or_consent,
    no_strike_area_without_its_site,
    not_acknowledged,
    odd_dates,
    project_in_no_strike_area,
    project_near_site,
    project_too_coarse,
    project_without_need,
    review_due,
    short_notice,
    site_inside_zone,
    site_isolated,
    site_not_covered_by_no_strike_area,
    uncertainty_exceeds_standoff,
    verification_too_low,
    zone_against_arrangement,
    zone_over_infrastructure,
    zone_over_populated_place,
    zone_overlaps_no_strike_area,
    zone_undated_or_stale,
    zone_within_standoff_of_site,
)

PROTECTION: tuple[Rule, ...] = (
    zone_overlaps_no_strike_area.RULE,
    site_inside_zone.RULE,
    zone_within_standoff_of_site.RULE,
    uncertainty_exceeds_standoff.RULE,
    installation_near_site.RULE,
    many_zones_around_site.RULE,
    site_not_covered_by_no_strike_area.RULE,
    no_strike_area_without_its_site.RULE,
    zone_against_arrangement.RULE,
    zone_over_populated_place.RULE,
    zone_over_infrastructure.RULE,
    movement_crosses_zone.RULE,
    movement_stop_near_zone.RULE,
    movement_on_closed_road.RULE,
    airspace_against_flight.RULE,
    project_in_no_strike_area.RULE,
    project_near_site.RULE,
    hazard_on_movement.RULE,
    hazard_near_site.RULE,
    hazard_near_project.RULE,
    hazard_on_arrangement.RULE,
    site_isolated.RULE,
)
TIME_AND_ADMINISTRATION: tuple[Rule, ...] = (
    expired.RULE,
    review_due.RULE,
    short_notice.RULE,
    zone_undated_or_stale.RULE,
    odd_dates.RULE,
    not_acknowledged.RULE,
    missing_field.RULE,
    verification_too_low.RULE,
    no_label_or_consent.RULE,
    exercise_mixed_with_real.RULE,
)
COORDINATION: tuple[Rule, ...] = (
    duplicate_projects.RULE,
    project_too_coarse.RULE,
    need_without_project.RULE,
    project_without_need.RULE,
)

GROUPS: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        "Protection": PROTECTION,
        "Time and administration": TIME_AND_ADMINISTRATION,
        "Coordination": COORDINATION,
    }
)
"""The rules under the headings that a person finds them by."""
RULES: tuple[Rule, ...] = tuple(rule for group in GROUPS.values() for rule in group)
RULES_BY_ID: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in RULES})


def rule_of(rule_id: str) -> Rule:
    """Return the rule with this id; raises LayersError when there is none."""
    if rule_id in RULES_BY_ID:
        return RULES_BY_ID[rule_id]
    raise LayersError(f"There is no rule {rule_id}.", f"The rules are: {', '.join(r.id for r in RULES)}.")


def title_of(rule_id: str) -> str:
    """Return what a person knows a rule by; the id of a rule of another program."""
    rule = RULES_BY_ID.get(rule_id)
    return rule_id if rule is None else rule.title
