"""The channels of runs in an ASGI application, such as one of FastAPI or Starlette.

```python
from realtime_widgets.asgi import RealtimeApp, User

realtime = RealtimeApp(store="sqlite:///runs.db", authenticate=find_user)
app = FastAPI(lifespan=realtime.lifespan)
app.mount("/realtime", realtime)
```
"""

from realtime_widgets.asgi.app import RealtimeApp
from realtime_widgets.asgi.identity import User, open_to_all
from realtime_widgets.asgi.manager import ConnectionManager
from realtime_widgets.asgi.request import Connection
from realtime_widgets.service.routes import Action
from realtime_widgets.service.sharing.access import SharingRules

__all__ = [
    "Action",
    "Connection",
    "ConnectionManager",
    "RealtimeApp",
    "SharingRules",
    "User",
    "open_to_all",
]
