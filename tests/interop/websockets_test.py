# lesson: 8
# needs: echo-server
"""The client `websockets` against the echo server: what most programs in Python are on the other end of the line.

DUPLEX_ECHO_SERVER may name another build of the server, such as tests/asan/echo-server.
"""

import asyncio
import contextlib
import os
import pathlib
import re
import signal
import unittest

from websockets.exceptions import ConnectionClosed
from websockets.legacy.client import connect  # old and new versions have this one
ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / os.environ.get("DUPLEX_BUILD", "build") / os.environ.get("DUPLEX_ECHO_SERVER", "tests/echo-server")
PATIENCE = 120  # seconds; only ends a test that hangs


def patient(test):
    async def with_patience(self):
        await asyncio.wait_for(test(self), PATIENCE)
    return with_patience


class Interop(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # on a busy machine it would tell how busy

    @contextlib.asynccontextmanager
    async def echo_server(self, *arguments):
        """The address of an echo server; it must also end well."""
        process = await asyncio.create_subprocess_exec(PROGRAM, "0", *arguments, stdout=asyncio.subprocess.PIPE)
        try:
            first = (await process.stdout.readline()).decode()
            port = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)/\n", first)[1]
            yield f"ws://127.0.0.1:{port}/"
            process.send_signal(signal.SIGTERM)
            self.assertEqual(await process.wait(), 0)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def echoes(self, socket, message):
        await socket.send(message)
        self.assertEqual(await socket.recv(), b"".join(message) if isinstance(message, list) else message)

    @patient
    async def test_text_and_binary_come_back_as_what_they_were(self):
        async with self.echo_server() as url, connect(url) as socket:
            for text in ("", "hello", "naïve", "你好", "🙂", "\0\x7f\U0010ffff"):
                await self.echoes(socket, text)
            for length in (0, 1, 125, 126, 127, 65535, 65536, 65537, 300000):
                await self.echoes(socket, "a" * length)
                await self.echoes(socket, bytes(i % 251 for i in range(length)))

    @patient
    async def test_fragments_come_back_as_one_message(self):
        async with self.echo_server() as url, connect(url) as socket:
            await self.echoes(socket, [b"one ", b"", b"two ", b"three"])
            await socket.send(["你", "好", ""])
            self.assertEqual(await socket.recv(), "你好")

    @patient
    async def test_a_ping_gets_its_pong_also_between_fragments(self):
        async with self.echo_server() as url, connect(url) as socket:
            for payload in (b"", b"are you there?", bytes(125)):
                await (await socket.ping(payload))
            await socket.pong(b"nobody asked")

            async def fragments():
                yield "before "
                await (await socket.ping())
                yield "and after"

            await socket.send(fragments())
            self.assertEqual(await socket.recv(), "before and after")

    @patient
    async def test_each_close_code_comes_back(self):
        async with self.echo_server() as url:
            for code in (1000, 1001, 1003, 1008, 1011, 3000, 4999):
                socket = await connect(url)
                await socket.close(code, "because")
                self.assertEqual((socket.close_code, socket.close_reason), (code, ""))

    @patient
    async def test_a_message_may_be_as_large_as_allowed_and_not_a_byte_larger(self):
        for limit, arguments in ((1 << 20, []), (100000, ["--max-message", "100000"])):
            async with self.echo_server(*arguments) as url:
                async with connect(url, max_size=None) as socket:
                    await self.echoes(socket, "x" * (limit - 1))
                    await self.echoes(socket, bytes(limit))
                for too_large in (bytes(limit + 1), [bytes(limit), b"x"]):
                    socket = await connect(url)
                    with contextlib.suppress(ConnectionClosed):  # the answer may come before all is sent
                        await socket.send(too_large)
                    await socket.wait_closed()
                    self.assertEqual(socket.close_code, 1009)
                    self.assertRegex(socket.close_reason, "^RFC 6455 §")

    @patient
    async def test_1000_messages_sent_at_once_come_back_in_order(self):
        for arguments in ([], ["--threads", "2"]):
            async with self.echo_server(*arguments) as url, connect(url) as socket:
                sent = [str(i) * (i % 50 + 1) for i in range(1000)]

                async def send_all():
                    for text in sent:
                        await socket.send(text)

                sending = asyncio.create_task(send_all())
                self.assertEqual([await socket.recv() for _ in sent], sent)
                await sending

    @patient
    async def test_100_connections_at_once_each_get_their_own(self):
        for arguments in ([], ["--threads", "2"]):
            async with self.echo_server(*arguments) as url:
                sockets = await asyncio.gather(*(connect(url) for _ in range(100)))
                for i, socket in enumerate(sockets):
                    await socket.send(f"for {i}")
                for i, socket in enumerate(sockets):
                    self.assertEqual(await socket.recv(), f"for {i}")
                await asyncio.gather(*(socket.close() for socket in sockets))
                self.assertEqual({socket.close_code for socket in sockets}, {1000})

    @patient
    async def test_compression_is_declined_and_no_sub_protocol_is_made_up(self):
        async with self.echo_server() as url:
            for compression in ("deflate", None):
                async with connect(url, compression=compression, subprotocols=["chat"]) as socket:
                    self.assertEqual((socket.extensions, socket.subprotocol), ([], None))
                    await self.echoes(socket, "x" * 5000)

    @patient
    async def test_the_end_of_the_server_is_told_to_each_client(self):
        for arguments in ([], ["--threads", "2"]):
            async with self.echo_server(*arguments) as url:
                sockets = await asyncio.gather(*(connect(url) for _ in range(10)))
            for socket in sockets:
                await socket.wait_closed()
                self.assertEqual((socket.close_code, socket.close_reason), (1001, "this server is stopping"))


if __name__ == "__main__":
    unittest.main()
