import anywidget


class Widget(anywidget.AnyWidget):
    _esm = "export default { render() {} }"


_widget = Widget()


def send(text):
    _widget.send({"type": "log", "message": text})
