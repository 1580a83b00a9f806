"""Make `resources/web/leaflet/`: Leaflet as published, inlined into exported pages so that they work offline.

Run `python -m resources.build.make_web` from the repository root. The version is the one folium 0.20 expects.
"""

from resources.build.archives import RESOURCES, member

MEMBERS = {
    "dist/leaflet.js": "leaflet.js",
    "dist/leaflet.css": "leaflet.css",
    "LICENSE": "LICENSE",
    "dist/images/layers.png": "images/layers.png",
    "dist/images/layers-2x.png": "images/layers-2x.png",
    "dist/images/marker-icon.png": "images/marker-icon.png",
    "dist/images/marker-icon-2x.png": "images/marker-icon-2x.png",
    "dist/images/marker-shadow.png": "images/marker-shadow.png",
}


def main() -> None:
    """Copy the files."""
    folder = RESOURCES / "web" / "leaflet"
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for source, target in MEMBERS.items():
        (folder / target).write_bytes(member("leaflet", source))


if __name__ == "__main__":
    main()
