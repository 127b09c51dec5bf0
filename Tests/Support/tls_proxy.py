"""Speaks TLS to whoever connects, and passes on what is said to a plain server.

tls_proxy.py CERTIFICATE KEY PORT: takes a free port of 127.0.0.1, prints its number, and serves until
its standard input ends. A connection that one side ends is ended at the other.
"""

import asyncio
import ssl
import sys


async def pump(source, sink):
    try:
        while piece := await source.read(65536):
            sink.write(piece)
            await sink.drain()
    except (OSError, ssl.SSLError):
        pass


async def main():
    certificate, key, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def serve(client_reader, client):
        reader, server = await asyncio.open_connection("127.0.0.1", port)
        directions = [
            asyncio.ensure_future(pump(client_reader, server)),
            asyncio.ensure_future(pump(reader, client)),
        ]
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        server.close()
        client.close()
        await asyncio.wait(directions)

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    print(listener.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
