"""Files that a test sends to the portal, and a folder of the test's own for what is kept of them."""

import io

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile


def a_pdf(text="page", pages=1):
    """A real PDF; another text makes another file."""
    pdf, target = pikepdf.new(), io.BytesIO()
    for _number in range(pages):
        pdf.add_blank_page()
    pdf.pages[0].Contents = pdf.make_stream(f"% {text}".encode())
    pdf.save(target)
    return SimpleUploadedFile(f"{text}.pdf", target.getvalue(), content_type="application/pdf")


@pytest.fixture
def kept_files(settings, tmp_path):
    """Where the documents of this test lie."""
    settings.GI_HOME = tmp_path
    return tmp_path / "private" / "documents"
