from realtime_widgets import Sprint

_sprint = Sprint(sprint_id)
_sprint.status("running")
_sprint.flush(10)


def send(text):
    _sprint.log(text)
