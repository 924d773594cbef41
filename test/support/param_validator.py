"""Reads calls of AWS's API (JSON) and prints what botocore's own validator says of each: nothing is sent."""

import json
import sys

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

loader = Loader()
models = {}


def report(call):
    service = call["service"]
    if service not in models:
        models[service] = ServiceModel(loader.load_service_model(service, "service-2"))
    shape = models[service].operation_model(call["operation"]).input_shape
    return ParamValidator().validate(call["params"], shape).generate_report()


json.dump([report(call) for call in json.load(sys.stdin)], sys.stdout)
