"""What the tests of lessons 6 to 8 share: a peer that speaks WebSocket, and sees each frame."""

from blocking import CLOSE, HANDSHAKE, TEXT, Peer, masked


class WebSocket(Peer):
    """A peer whose opening handshake is done; `fields` are added to its request."""

    def __init__(self, program, target="/", fields=()):
        super().__init__(program)
        self.address = "{}:{}".format(*self.socket.getsockname())
        more = "".join(field + "\r\n" for field in fields).encode()
        self.asked = HANDSHAKE.replace(b" / ", f" {target} ".encode()).removesuffix(b"\r\n") + more + b"\r\n"
        self.send(self.asked)
        self.answered = self.read_head()
        if not self.answered.startswith(b"HTTP/1.1 101 "):
            raise AssertionError(f"the handshake was answered with {self.answered}")

    def say(self, payload, opcode=TEXT, fin=True):
        self.send(masked(opcode, payload if isinstance(payload, bytes) else payload.encode(), fin))

    def frame(self):
        """The opcode and the payload of the next frame."""
        first, length = self.read(2)
        if not first & 0x80 or length & 0x80:
            raise AssertionError(f"a frame begins with {first:02x} {length:02x}: a fragment, or masked")
        if length > 125:
            length = int.from_bytes(self.read(2 if length == 126 else 8), "big")
        return first & 0x0F, self.read(length)

    def text(self):
        """The next frame, which must be text."""
        opcode, payload = self.frame()
        if opcode != TEXT:
            raise AssertionError(f"opcode {opcode} with {payload}, not text")
        return payload.decode()

    def closed_with(self):
        """Reads the close frame that comes next, answers it, waits for the end. Returns its code and reason."""
        opcode, payload = self.frame()
        if opcode != CLOSE:
            raise AssertionError(f"opcode {opcode} with {payload}, not close")
        self.say(payload[:2], CLOSE)
        self.ended()
        return int.from_bytes(payload[:2], "big"), payload[2:].decode()

    def close(self, code=1000):
        """Performs the closing handshake."""
        payload = code.to_bytes(2, "big")
        self.say(payload, CLOSE)
        answer = self.frame()
        if answer != (CLOSE, payload):
            raise AssertionError(f"close {code} was answered with {answer}")
        self.ended()

    def ended(self):
        """Waits until the server ends the connection, and then ends it here too."""
        if rest := self.read_to_end():
            raise AssertionError(f"after the last frame came {rest}")
        self.socket.close()
