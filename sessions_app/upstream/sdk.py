"""The vendor's SDK and the library below it, under one name. To load them takes a fifth of a second and 15 MB: `client` does so when the vendor is asked."""

from httpx import HTTPError as HTTPError
from syllable_sdk import SyllableSDK as SyllableSDK
from syllable_sdk.errors import ResponseValidationError as ResponseValidationError
from syllable_sdk.errors import SyllableSDKError as SyllableSDKError
from syllable_sdk.models import OrderByDirection as OrderByDirection
from syllable_sdk.models import SessionLabelProperties as SessionLabelProperties
from syllable_sdk.models import SessionProperties as SessionProperties
from syllable_sdk.utils.logger import NoOpLogger as NoOpLogger

from sessions_app.upstream.transport import GuardedTransport as GuardedTransport
from sessions_app.upstream.transport import NoAsyncClient as NoAsyncClient
from sessions_app.upstream.transport import RememberingClient as RememberingClient
