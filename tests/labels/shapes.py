"""Files with labels in every place where one may stand."""

import io
import struct
import zlib

from PIL import Image, PngImagePlugin

from labels import containers, provenance, splicing, xmp


def encoded(kind, *, mode="RGB", size=(96, 64), **options):
    picture = Image.radial_gradient("L").resize(size)
    if mode == "RGBA":
        picture = Image.merge("RGBA", [picture, picture, picture, picture])
    elif mode != "L":
        picture = picture.convert("RGB").convert(mode)
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def _png_text(label, add):
    text, out = PngImagePlugin.PngInfo(), io.BytesIO()
    add(text)
    Image.new("RGB", (90, 64), "teal").save(out, "PNG", pnginfo=text)
    return out.getvalue()


def _exif(label, turned=1):
    exif = Image.Exif()
    exif[0x0112] = turned
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + f'{{"AIGC":{label}}}'.encode()
    return exif.tobytes()


def EXIF_COMMENT(label, turned=1):  # noqa: N802
    return encoded("JPEG", exif=_exif(label, turned))


def _packed(label):
    """zTXt, which Pillow writes for texts alone."""
    body = provenance.XMP_KEYWORD.encode() + b"\0\0" + zlib.compress(_packet(label))
    content = encoded("PNG")
    return content[:33] + containers.png_chunk("zTXt", body) + content[33:]


def _packet(label):
    return xmp.packet(label, xmp.TRAINED)


def _comment(label):
    content = encoded("JPEG")
    segment = containers.jpeg_segment(containers.COM, b"AIGC" + label.encode())
    return content[:2] + segment + content[2:]


SHAPES = {
    "png itxt": lambda label: splicing.with_packet(encoded("PNG"), _packet(label)),
    "png ztxt": _packed,
    "png packed itxt": lambda label: _png_text(
        label,
        lambda text: text.add_itxt(
            provenance.XMP_KEYWORD, _packet(label).decode(), zip=True
        ),
    ),
    "png text": lambda label: _png_text(
        label, lambda text: text.add_text("AIGC", label)
    ),
    "png exif": lambda label: encoded("PNG", exif=_exif(label)),
    "jpeg xmp": lambda label: splicing.with_packet(encoded("JPEG"), _packet(label)),
    "jpeg exif": EXIF_COMMENT,
    "jpeg comment": _comment,
    "webp xmp": lambda label: splicing.with_packet(encoded("WEBP"), _packet(label)),
    "webp exif": lambda label: encoded("WEBP", exif=_exif(label)),
}


def shaped(shape, label):
    return SHAPES[shape](label)


def c2pa(content):
    """With a box where a manifest stands; nothing reads its content."""
    box = struct.pack(">I", 24) + b"jumb" + b"\0" * 16
    if content.startswith(containers.PNG):
        return content[:33] + containers.png_chunk("caBX", box) + content[33:]
    if content.startswith(b"\xff\xd8"):
        body = b"JP" + struct.pack(">HI", 1, 1) + box
        return content[:2] + containers.jpeg_segment(0xEB, body) + content[2:]
    grown = content + containers.webp_chunk("C2PA", box)
    return grown[:4] + struct.pack("<I", len(grown) - 8) + grown[8:]
