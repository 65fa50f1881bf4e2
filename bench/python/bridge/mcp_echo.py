"""MCP's own SDK over stdio, on its lower level, which checks less: one tool that returns its argument as JSON."""

import json
from typing import Any

import mcp_types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server
from peer import run_loop

ECHO = types.Tool(name="echo", input_schema={"type": "object"})


async def list_tools(_ctx: Any, _params: Any) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[ECHO])


async def call_tool(_ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    text = json.dumps((params.arguments or {})["value"])
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)])


async def main() -> None:
    server = Server("echo", on_list_tools=list_tools, on_call_tool=call_tool)
    # It ends when its standard input does.
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


run_loop(main())
