"""A file on its way to the folder of imports: written as it comes, under a name of ours, and never more of it than we take."""

from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload
from django.http import HttpRequest

from labeling.imports import folder
from sessions_app.file_names import make_name

FIELD = "file"
CHUNK = 2**20


class Uploaded(UploadedFile):  # type: ignore[type-arg]
    """`token` is what it is called here. How it was called there is not kept."""

    def __init__(self, token: str, size: int) -> None:
        super().__init__(file=None, name="upload", size=size)
        self.token = token


class IntoTheFolder(FileUploadHandler):
    """`is_too_large` says afterward that the file was longer than is taken; nothing is left of it then."""

    chunk_size = CHUNK

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.is_too_large = False
        self._token = ""
        self._file: BinaryIO | None = None
        self._size = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self._token or self.field_name != FIELD:
            # One file, of one name: no other is written anywhere.
            raise StopUpload(connection_reset=True)
        self._token = make_name()
        self._file = folder.create(self._token)
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._size += len(raw_data)
        if self._size > settings.IMPORT_LIMIT:
            self.is_too_large = True
            self._abandon()
            raise StopUpload(connection_reset=True)
        if self._file:
            self._file.write(raw_data)

    def file_complete(self, file_size: int) -> Uploaded | None:
        if self._file is None:
            return None
        self._file.close()
        self._file = None
        return Uploaded(self._token, self._size)

    def upload_interrupted(self) -> None:
        self._abandon()

    def _abandon(self) -> None:
        if self._file:
            self._file.close()
            self._file = None
        if self._token:
            folder.clear(self._token)
