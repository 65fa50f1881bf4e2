FROM node:24-slim
WORKDIR /app
RUN npm install @kaizen-eatp/core @kaizen-eatp/patterns @kaizen-eatp/bridge-python @kaizen-eatp/store-postgres
COPY bridge.mjs ./
RUN mkdir -p /home/node/bridge /tokens && chown node:node /home/node/bridge /tokens
USER node
EXPOSE 7411
CMD ["node", "bridge.mjs"]
