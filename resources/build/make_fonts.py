"""Make `resources/fonts/`: the few Noto faces without which partner text would show as boxes.

Run `python -m resources.build.make_fonts` from the repository root, on Debian 12.
"""

from resources.build.archives import RESOURCES, member

FACES = (
    "NotoSans-Regular",
    "NotoSans-Bold",
    "NotoSansArabic-Regular",
    "NotoSansArabic-Bold",
    "NotoSansArmenian-Regular",
    "NotoSansBengali-Regular",
    "NotoSansDevanagari-Regular",
    "NotoSansEthiopic-Regular",
    "NotoSansGeorgian-Regular",
    "NotoSansHebrew-Regular",
    "NotoSansMyanmar-Regular",
    "NotoSansThai-Regular",
)
NOTICE = """The fonts in this folder are Noto fonts, unchanged.
Copyright 2010, 2012-2020 Google Inc. and Google LLC.
"""


def main() -> None:
    """Copy the faces and write the licence beside them."""
    folder = RESOURCES / "fonts"
    folder.mkdir(exist_ok=True)
    for face in FACES:
        data = member("fonts-noto-core", f"usr/share/fonts/truetype/noto/{face}.ttf")
        (folder / f"{face}.ttf").write_bytes(data)
    # The Debian package reflows the licence; the same licence, verbatim, comes with Fontsource.
    licence = member("@fontsource/noto-sans", "LICENSE").decode()
    body = licence[licence.index("This Font Software is licensed") :]
    for path in (folder / "OFL.txt", RESOURCES / "licences" / "noto-OFL.txt"):
        path.write_text(f"{NOTICE}\n{body}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
