"""Calls AWS's API by boto3, one for each line of JSON on standard input, and prints what each came to. Until its input ends."""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

session = boto3.Session()
clients = {}
lock = threading.Lock()


def client(service):
    with lock:
        if service not in clients:
            config = Config(retries={"total_max_attempts": 1}, read_timeout=60)
            clients[service] = session.client(service, config=config)
        return clients[service]


def call(line):
    asked = json.loads(line)
    answer = {"id": asked["id"]}
    try:
        of = client(asked["service"])
        method = of.meta.method_to_api_mapping
        name = next(name for name, operation in method.items() if operation == asked["operation"])
        answer["result"] = getattr(of, name)(**asked["params"])
    except ClientError as error:
        answer["error"] = {"code": error.response["Error"]["Code"], "message": str(error)}
    except (BotoCoreError, StopIteration, ValueError) as error:
        answer["error"] = {"code": type(error).__name__, "message": str(error)}
    text = json.dumps(answer, default=lambda value: getattr(value, "isoformat", value.__repr__)())
    with lock:
        print(text, flush=True)


with ThreadPoolExecutor(8) as pool:
    for line in sys.stdin:
        pool.submit(call, line)
