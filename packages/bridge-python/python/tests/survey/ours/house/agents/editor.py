"""Another one, whose file has the name of one elsewhere."""

from house.base import HouseAgent


class EditorAgent(HouseAgent):
    async def run(self, text):
        return f"edited {text}"
