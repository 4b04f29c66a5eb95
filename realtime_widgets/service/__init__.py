"""The server's side without a web framework: hub, store, limits and REST answers."""

from realtime_widgets.service.admission import Admission, Holder
from realtime_widgets.service.api_error import ApiError
from realtime_widgets.service.service import Service
from realtime_widgets.service.storage import Storage

__all__ = ["Admission", "ApiError", "Holder", "Service", "Storage"]
