def agent(:
