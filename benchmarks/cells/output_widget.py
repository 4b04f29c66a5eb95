import ipywidgets

_output = ipywidgets.Output()


def send(text):
    _output.append_stdout(text + "\n")
