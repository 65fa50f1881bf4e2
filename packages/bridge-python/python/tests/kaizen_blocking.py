"""A Kaizen agent whose coroutine blocks, as those do that wait for a person."""

import os
import time

from kaizen.core.base_agent import BaseAgent, BaseAgentConfig


class Blocking(BaseAgent):
    def __init__(self):
        super().__init__(config=BaseAgentConfig(llm_provider="mock", model="none"), mcp_servers=[])

    async def run_async(self, path):
        while not os.path.exists(path):
            time.sleep(0.01)
        return {"answer": "went on"}
