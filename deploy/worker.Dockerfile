FROM python:3.13-slim
RUN pip install --no-cache-dir 'kaizen-eatp-bridge[kaizen,fast]' && useradd --create-home worker \
  && mkdir /home/worker/.eatp && chown worker:worker /home/worker/.eatp && chmod 700 /home/worker/.eatp
WORKDIR /app
COPY worker.sh agents.py ./
USER worker
CMD ["./worker.sh"]
