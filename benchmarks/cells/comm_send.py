from comm import create_comm

_comm = create_comm(target_name="benchmark")


def send(text):
    _comm.send({"type": "log", "message": text})
