"""How an erasure, and retention, remove what lies outside of the database."""

from labeling.exports import folder
from labeling.imports import folder as uploads
from labeling.operations.erasure import Files
from sessions_app.recordings import folder as recordings

FILES = Files(remove_recordings=recordings.remove, remove_export=folder.clear, remove_import=uploads.clear)
