"""A gRPC server of one method whose messages are MessagePack, so that the codec is the same as ours."""

import grpc
import msgpack
from peer import ready, run

LIMITS = [("grpc.max_receive_message_length", 2**25), ("grpc.max_send_message_length", 2**25)]


async def echo(request: object, _context: object) -> object:
    return request


async def main() -> None:
    server = grpc.aio.server(options=LIMITS)
    method = grpc.unary_unary_rpc_method_handler(
        echo, request_deserializer=msgpack.unpackb, response_serializer=msgpack.packb
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Echo", {"Echo": method}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    ready(port)
    await server.wait_for_termination()


run(main())
