"""Uploads: what is refused and why, what is cut out, and that damaged input never breaks anything."""

import hashlib
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, PngImagePlugin

from gi_registry import clean_pdf, uploads
from gi_registry.uploads import MAX_BYTES, MAX_PAGES, Cleaned, UploadRefused, clean, store


def cleaned(data: bytes) -> Cleaned:
    return clean(io.BytesIO(data))


def refusal(data: bytes) -> UploadRefused:
    with pytest.raises(UploadRefused) as caught:
        cleaned(data)
    assert str(caught.value).endswith((".", "。"))
    return caught.value


def picture(kind: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    """A picture whose upper left pixel is dark and whose lower right one is bright."""
    image = Image.linear_gradient("L").resize(size).convert(mode if mode != "I;16" else "L")
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def pdf(pages: int = 1, **save: Any) -> bytes:
    document = pikepdf.new()
    for _page in range(pages):
        document.add_blank_page(page_size=(200, 300))
    return saved(document, **save)


def saved(document: pikepdf.Pdf, **save: Any) -> bytes:
    target = io.BytesIO()
    document.save(target, **save)
    return target.getvalue()


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


def everything(document: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary of a PDF, wherever it lies."""
    waiting: list[Any] = [*document.objects, document.trailer]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Dictionary | pikepdf.Stream):
            yield each
            inner: list[Any] = [each.get(key) for key in each]
        elif isinstance(each, Array):
            inner = [each[index] for index in range(len(each))]
        else:
            continue
        waiting += [
            one for one in inner if isinstance(one, Array | Dictionary) and not getattr(one, "is_indirect", False)
        ]


def words_of(data: bytes) -> set[str]:
    """Every key and every name used as a value in a PDF."""
    found = set()
    with opened(data) as document:
        for each in everything(document):
            for key in each:
                found.add(key)
                value = each.get(key)
                if isinstance(value, Name):
                    found.add(str(value))
    return found


# --- What is refused ---


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped(), "Save as PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "Word"),
        (b"\0\0\0\x18ftypheic" + bytes(100), "as JPEG"),
        (b"GIF89a" + bytes(100), "as JPEG"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "as JPEG"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "Save as PDF"),
        (b"<html><!-- %PDF-1.7 --><script>alert(1)</script></html>", "Only PDF files"),
        (b"junk before\n" + pdf(), "Only PDF files"),
        (b"MZ\x90\0", "Only PDF files"),
    ],
)
def test_other_kinds_are_refused_with_the_way_out(data: bytes, words: str) -> None:
    fault = refusal(data)

    assert fault.code == "not_a_picture_or_pdf"
    assert words in str(fault)


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"").code == "empty"


class Counting(io.BytesIO):
    """A file that remembers how much was read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def test_a_big_file_is_refused_without_reading_it_whole() -> None:
    file = Counting(b"%PDF-" + bytes(MAX_BYTES * 2))

    with pytest.raises(UploadRefused) as caught:
        clean(file)

    assert caught.value.code == "too_large"
    assert file.taken == MAX_BYTES + 1
    assert "20.0\xa0MB" in str(caught.value)
    assert "10.0\xa0MB" in str(caught.value)


def test_the_limit_is_exact() -> None:
    head = pdf()

    assert refusal(head + b"\n" * (MAX_BYTES + 1 - len(head))).code == "too_large"
    assert cleaned(head + b"\n" * (MAX_BYTES - len(head))).pages == 1


def png_header(width: int, height: int) -> bytes:
    """A PNG that names a size and has no pixels."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def test_too_many_pixels_are_refused_by_the_header_alone() -> None:
    fault = refusal(png_header(8200, 5000) + b"\0\0\0\0IDAT" + struct.pack(">I", zlib.crc32(b"IDAT")))

    assert fault.code == "too_many_pixels"
    assert "41 million" in str(fault)
    assert "40 million" in str(fault)


def test_a_gigantic_header_is_refused_too() -> None:
    assert refusal(png_header(2_000_000_000, 2_000_000_000)).code in ("too_many_pixels", "broken")
    assert refusal(picture(size=(8, 8)).replace(b"\0\x08\0\x08\x03", b"\xff\xff\xff\xff\x03")).code == "too_many_pixels"


def test_a_picture_with_hundreds_of_scans_is_refused() -> None:
    data = picture(size=(8, 8), progressive=True)
    scan = data[data.index(b"\xff\xda") : -2]

    assert refusal(data[:-2] + scan * 100 + data[-2:]).code == "broken"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_half_a_picture_is_refused(kind: str) -> None:
    data = picture(kind, size=(400, 300))

    assert refusal(data[: len(data) // 2]).code == "broken"


def test_too_many_pages_are_refused() -> None:
    fault = refusal(pdf(MAX_PAGES + 1))

    assert fault.code == "too_many_pages"
    assert "201 pages" in str(fault)
    assert cleaned(pdf(MAX_PAGES)).pages == MAX_PAGES


def test_a_pdf_without_pages_or_without_sense_is_refused() -> None:
    assert refusal(pdf(0)).code == "broken"
    assert refusal(b"%PDF-1.7\n" + b"nothing " * 50).code == "broken"


def test_a_pdf_with_a_password_is_refused() -> None:
    fault = refusal(pdf(encryption=pikepdf.Encryption(owner="owner", user="user")))

    assert fault.code == "encrypted"
    assert "print it to PDF" in str(fault)


def test_the_sentence_is_in_the_language_of_the_page() -> None:
    with translation.override("zh-hans"):  # the wording is the translators'; that it is asked for is ours
        assert str(refusal(b"")) == translation.gettext(
            "The file is empty. Choose it again, or save it anew and try once more."
        )


# --- Pictures ---


def photograph() -> bytes:
    """A JPEG as a phone makes it: turned, with place, maker, comment, XMP and profile."""
    image = Image.new("RGB", (40, 20), "white")
    image.paste((200, 0, 0), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter to the right
    exif[0x010F] = "SecretMaker"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (28.0, 22.0, 11.0)
    target = io.BytesIO()
    image.save(
        target, "JPEG", exif=exif, quality=95, comment=b"SecretComment", icc_profile=b"SecretProfile", xmp=b"SecretXmp"
    )
    return target.getvalue()


def test_a_photograph_loses_its_notes_and_stands_upright() -> None:
    data = photograph()
    assert data.count(b"Secret") == 4

    result = cleaned(data + b"PK\x03\x04 a second file behind the first")

    assert (result.media_type, result.extension, result.pages) == ("image/jpeg", ".jpg", 1)
    for word in (b"Secret", b"Exif", b"ICC_PROFILE", b"http://ns", b"PK\x03\x04"):
        assert word not in result.content
    with Image.open(io.BytesIO(result.content)) as image:
        assert not image.getexif()
        assert image.size == (20, 40)
        red, white = image.getpixel((10, 5)), image.getpixel((10, 35))
    assert red[0] > 150 > red[1]
    assert min(white) > 240


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_as_pillow_turns_it(orientation: int) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    data = picture("PNG", "L", (9, 5), exif=exif)
    with Image.open(io.BytesIO(data)) as source, Image.open(io.BytesIO(cleaned(data).content)) as result:
        expected = ImageOps.exif_transpose(source)
        assert (result.size, result.tobytes()) == (expected.size, expected.tobytes())


def test_a_png_loses_its_texts() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "SecretAuthor")
    texts.add_itxt("XML:com.adobe.xmp", "SecretXmp")
    data = picture("PNG", pnginfo=texts, icc_profile=b"SecretProfile", dpi=(300, 300))

    result = cleaned(data)

    assert result.media_type == "image/png"
    assert b"Secret" in data
    assert b"Secret" not in result.content
    kinds = {result.content[i : i + 4] for i in chunk_positions(result.content)}
    assert kinds == {b"IHDR", b"IDAT", b"IEND"}


def chunk_positions(png: bytes) -> Iterator[int]:
    at = 8
    while at < len(png):
        yield at + 4
        at += 12 + struct.unpack(">I", png[at : at + 4])[0]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_png_mode_becomes_grey_or_colour(mode: str) -> None:
    with Image.open(io.BytesIO(cleaned(picture("PNG", mode)).content)) as image:
        assert image.mode == ("L" if mode in ("1", "L") else "RGB")
        assert image.size == (40, 20)


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    source = Image.new("I;16", (4, 1))
    for x, value in enumerate((0, 0x4000, 0x8000, 0xFFFF)):
        source.putpixel((x, 0), value)
    target = io.BytesIO()
    source.save(target, "PNG")

    with Image.open(io.BytesIO(cleaned(target.getvalue()).content)) as image:
        assert [image.getpixel((x, 0)) for x in range(4)] == [0, 0x40, 0x80, 0xFF]


def test_cmyk_becomes_colour_and_transparency_white_paper() -> None:
    with Image.open(io.BytesIO(cleaned(picture("JPEG", "CMYK")).content)) as image:
        assert image.mode == "RGB"
    target = io.BytesIO()
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(target, "PNG")
    with Image.open(io.BytesIO(cleaned(target.getvalue()).content)) as image:
        assert image.getpixel((0, 0)) == (255, 255, 255)


def test_of_an_animation_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    target = io.BytesIO()
    frames[0].save(target, "PNG", save_all=True, append_images=frames[1:])

    result = cleaned(target.getvalue())

    assert b"fcTL" not in result.content
    with Image.open(io.BytesIO(result.content)) as image:
        assert image.getpixel((0, 0)) == (255, 0, 0)


def test_the_name_of_a_file_says_nothing() -> None:
    upload = SimpleUploadedFile("licence.pdf", picture("PNG"), content_type="application/pdf")
    upload.read(3)  # somebody has looked before us

    result = clean(upload)

    assert (result.media_type, result.extension) == ("image/png", ".png")


# --- PDF files ---


def armed_pdf() -> bytes:
    """One of everything that must not stay, in the places where viewers look and in some where they might."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(200, 300))
    root = document.Root

    def script(words: str = "app.alert('SecretScript')") -> Any:
        return Dictionary(Type=Name.Action, S=Name.JavaScript, JS=String(words))

    embedded = pikepdf.Stream(document, b"SecretAttachment")
    embedded.Type = Name.EmbeddedFile
    specification = document.make_indirect(
        Dictionary(Type=Name.Filespec, F=String("secret.exe"), EF=Dictionary(F=document.make_indirect(embedded)))
    )
    root.OpenAction = document.make_indirect(script())
    root.AA = Dictionary(WC=script())
    root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array([String("a"), document.make_indirect(script())])),
        EmbeddedFiles=Dictionary(Names=Array([String("secret.exe"), specification])),
    )
    root.AF = Array([specification])
    root.Collection = Dictionary(View=Name.D)
    root.Metadata = document.make_stream(b"<x:xmpmeta>SecretXmp</x:xmpmeta>", Type=Name.Metadata, Subtype=Name.XML)
    root.PieceInfo = Dictionary(Maker=Dictionary(Private=String("SecretPrivate")))
    field = document.make_indirect(
        Dictionary(
            FT=Name.Tx,
            T=String("name"),
            AA=Dictionary(K=script()),
            Type=Name.Annot,
            Subtype=Name.Widget,
            Rect=[0, 0, 9, 9],
            A=Dictionary(S=Name.SubmitForm, F=String("http://example.org")),
        )
    )
    root.AcroForm = Dictionary(
        Fields=Array([field]), XFA=Array([String("template"), document.make_stream(b"<xfa>SecretXfa</xfa>")])
    )
    chain = Dictionary(
        S=Name.GoTo, D=[page.obj, Name.Fit], Next=Array([script(), Dictionary(S=Name.Launch, F=String("cmd.exe"))])
    )
    page.AA = Dictionary(O=script())

    def link(action: Any) -> Any:
        return Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=action)

    page.Annots = Array(
        [
            field,
            link(Dictionary(S=Name.URI, URI=String("https://example.org/kept"))),
            link(Dictionary(S=Name.URI, URI=String("javascript:alert(1)"))),
            link(Dictionary(S=Name.GoToR, F=String("other.pdf"))),
            link(Dictionary(S=Name.GoToE, F=specification)),
            link(Dictionary(S=Name.ImportData, F=String("data.fdf"))),
            link(Dictionary(S=Name("/SomethingNew"))),
            link(chain),
            Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=[0, 0, 9, 9], FS=specification),
            Dictionary(Type=Name.Annot, Subtype=Name.Movie, Rect=[0, 0, 9, 9], Movie=Dictionary(F=String("a.avi"))),
            Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 9, 9]),
            Dictionary(Type=Name.Annot, Subtype=Name("/3D"), Rect=[0, 0, 9, 9]),
            Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=[0, 0, 9, 9], AA=Dictionary(E=script())),
        ]
    )
    elsewhere = document.make_stream(b"")
    elsewhere.F = String("c:/other/file")
    page.Contents = Array([document.make_stream(b"0 0 m 9 9 l S"), elsewhere])
    document.docinfo.Author = String("SecretAuthor")
    document.trailer.Strange = document.make_indirect(script())
    return saved(document)


def test_nothing_that_runs_opens_sends_or_hides_is_left() -> None:
    data = armed_pdf()
    before = words_of(data)
    assert {"/JavaScript", "/Launch", "/XFA", "/EmbeddedFile", "/AA", "/RichMedia", "/SubmitForm"} <= before

    result = cleaned(data)

    after = words_of(result.content)
    assert not after & clean_pdf.DROPPED_KEYS
    assert not after & clean_pdf.FORBIDDEN_ACTIONS
    assert not after & clean_pdf.FORBIDDEN_SUBTYPES
    assert not after & clean_pdf.FORBIDDEN_TYPES
    assert not after & {"/SomethingNew", "/Info", "/Strange", "/Filespec"}
    with opened(result.content) as document:
        text = repr(list(document.objects)) + "".join(
            each.read_raw_bytes().decode("latin-1") for each in document.objects if isinstance(each, pikepdf.Stream)
        )
        assert "Secret" not in text
        assert "javascript:" not in text
        annotations = document.pages[0].Annots
        assert [str(each.Subtype) for each in annotations] == ["/Widget"] + ["/Link"] * 7 + ["/Text"]
        assert [str(each.A.S) for each in annotations if "/A" in each] == ["/URI", "/GoTo"]
        assert annotations[7].A.Next == Array([])
        assert "/F" not in document.pages[0].Contents[1]
        assert document.pages[0].Contents[0].read_bytes() == b"0 0 m 9 9 l S"


def test_an_action_behind_a_second_name_of_its_object_is_found() -> None:
    """Names may be written with escapes (/J#61vaScript), objects may lie in compressed object streams."""
    document = opened(armed_pdf())
    data = saved(document, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert b"/S /JavaScript" in data
    escaped = data.replace(b"/S /JavaScript", b"/S /J#61vaScript")
    packed = saved(opened(escaped), object_stream_mode=pikepdf.ObjectStreamMode.generate)

    for each in (escaped, packed):
        assert "/JavaScript" not in words_of(cleaned(each).content)


def test_signatures_go_because_they_could_no_longer_hold() -> None:
    document = opened(pdf())
    signature = Dictionary(ByteRange=[0, 1, 2, 3], Contents=String("x"))
    document.Root.AcroForm = Dictionary(Fields=Array([Dictionary(FT=Name.Sig, T=String("s"), V=signature)]))

    assert "/ByteRange" not in words_of(cleaned(saved(document)).content)


def test_restrictions_without_a_password_are_lifted() -> None:
    result = cleaned(pdf(2, encryption=pikepdf.Encryption(owner="owner", user="")))

    assert result.pages == 2
    with opened(result.content) as document:
        assert not document.is_encrypted


def test_the_same_file_gives_the_same_bytes() -> None:
    for data in (armed_pdf(), picture("PNG"), picture()):
        first, second = cleaned(data), cleaned(data)
        assert first == second
        assert cleaned(first.content).media_type == first.media_type
        assert first.original_sha256 == hashlib.sha256(data).hexdigest()
        assert first.sha256 == hashlib.sha256(first.content).hexdigest()


def folded_pdf(padding: int) -> bytes:
    """A PDF whose catalogue lies in a compressed object stream behind `padding` blanks."""
    packed = zlib.compress(b"1 0 " + b" " * padding + b"<</Type/Catalog/Pages 2 0 R>>", 9)
    head = b"4 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    parts = [
        b"%PDF-1.7\n",
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n",
        head + packed + b"\nendstream endobj\n",
    ]
    data, starts = b"", []
    for part in parts:
        starts.append(len(data))
        data += part
    rows = [(0, 0, 0), (2, 4, 0), *((1, start, 0) for start in [*starts[1:], len(data)])]
    table = b"".join(struct.pack(">BIB", *row) for row in rows)
    data += b"5 0 obj<</Type/XRef/Size 6/W[1 4 1]/Root 1 0 R/Length %d>>stream\n" % len(table) + table
    return data + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % rows[5][1]


def test_a_pdf_that_unfolds_to_far_more_than_it_is_is_refused() -> None:
    bomb = folded_pdf(60_000_000)

    assert len(bomb) < 100_000
    assert refusal(bomb).code == "broken"
    assert cleaned(folded_pdf(1000)).pages == 1


def test_many_small_unfoldings_are_summed(monkeypatch: pytest.MonkeyPatch) -> None:
    document = pikepdf.new()
    document.add_blank_page()
    document.Root.Rows = Array([document.make_indirect(Array([0] * 1000)) for _row in range(300)])
    data = saved(document, object_stream_mode=pikepdf.ObjectStreamMode.generate)

    with uploads.made_by_us():
        assert cleaned(data).pages == 1
        monkeypatch.setattr(clean_pdf, "MAX_UNFOLDED", 400_000)  # three streams of some 200,000 bytes
        assert refusal(data).code == "broken"
        monkeypatch.undo()
        monkeypatch.setattr(clean_pdf, "MAX_OBJECTS", 300)
        assert refusal(data).code == "broken"


# --- Anything at all ---


def survives(data: bytes) -> None:
    try:
        with uploads.made_by_us():  # hundreds of files; the same code as in the other process
            result = cleaned(data)
    except UploadRefused:
        return
    assert result.pages >= 1
    assert result.content


@given(st.binary(max_size=300), st.sampled_from([b"", b"%PDF-1.7\n", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"]))
def test_random_bytes_are_refused_or_cleaned(data: bytes, head: bytes) -> None:
    survives(head + data)


GOOD = {
    "jpeg": photograph(),
    "png": picture("PNG"),
    "pdf": armed_pdf(),
    "plain pdf": saved(opened(armed_pdf()), object_stream_mode=pikepdf.ObjectStreamMode.disable),
}


@settings(max_examples=200)
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_damaged_files_are_refused_or_cleaned(kind: str, data: st.DataObject) -> None:
    good = bytearray(GOOD[kind])
    for _flip in range(data.draw(st.integers(0, 4), label="flips")):
        good[data.draw(st.integers(0, len(good) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    survives(bytes(good[: data.draw(st.integers(1, len(good)), label="length")]))


# --- On disk ---


def test_a_file_is_stored_whole_and_private(tmp_path: Path) -> None:
    result = cleaned(picture())
    folder = tmp_path / "papers"

    name = store(result, folder)
    other = store(result, folder)

    assert name != other
    first, second, last = name.split("/")
    assert last.startswith(first + second)
    assert last.endswith(".jpg")
    assert (folder / name).read_bytes() == result.content
    assert (folder / name).stat().st_mode & 0o777 == 0o600
    for level in (folder, folder / first, folder / first / second):
        assert level.stat().st_mode & 0o777 == 0o700
    assert not list(folder.rglob("*.part"))


def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = cleaned(pdf())
    monkeypatch.setattr(os, "replace", lambda *_names: (_ for _ in ()).throw(OSError("no space left")))

    with pytest.raises(OSError, match="no space"):
        store(result, tmp_path)

    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_the_name_appears_only_when_the_content_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this order: content written and synchronised, renamed, folder synchronised."""
    steps = []
    fsync, replace = os.fsync, os.replace

    def note_sync(handle: int) -> None:
        steps.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "content")
        fsync(handle)

    def note_replace(source: Path, target: Path) -> None:
        assert source.parent == target.parent
        assert not target.exists()
        steps.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_replace)

    store(cleaned(pdf()), tmp_path)

    assert steps[-3:] == ["content", "rename", "folder"]
