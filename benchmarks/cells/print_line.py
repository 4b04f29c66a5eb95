def send(text):
    print(text)
