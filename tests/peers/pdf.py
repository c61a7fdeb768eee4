"""Reads a PDF from standard input with pypdf, strictly, and prints its pages' text and its information as JSON."""

import io
import json
import sys

from pypdf import PdfReader

reader = PdfReader(io.BytesIO(sys.stdin.buffer.read()), strict=True)
pages = [page.extract_text() for page in reader.pages]
information = {name: str(value) for name, value in (reader.metadata or {}).items()}
print(json.dumps({"pages": pages, "information": information}))
