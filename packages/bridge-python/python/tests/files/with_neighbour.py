from plain_agents import analyst
