"""The node: the author's Python over all items, or for each.

What has happened when this file is read is in the component's snapshot, and each call begins with it.
"""

from code_node import preload  # First: it makes the standard library fit for a sandbox.
import os
import random

import wit_world
from componentize_py_types import Err
from wit_world.imports import types

from code_node import names, warm_up
from code_node.compiled import Compiled
from code_node.failed import described
from code_node.items import Given
from code_node.parameters import FOR_ALL, Parameters
from code_node.returned import all_items, one_item


class WitWorld(wit_world.WitWorld):
    def run(self, call):
        # The snapshot's state of `random` would give every call the same numbers. Those of the host are the step's own.
        random.seed(int.from_bytes(os.urandom(16)))
        parameters = Parameters(call.params)
        for_all = parameters.at(0).mode == FOR_ALL
        return types.Outcome_Emit((_for_all if for_all else _for_each)(call.context, parameters, Given(call.inputs)))


def _for_all(context, parameters, given):
    own = parameters.at(0)
    source = own.code
    try:
        known = names.of_call(context, source, given) | {"_values": own.values}
        items = all_items(Compiled(source, known).run(known), given)
    except BaseException as error:
        raise Err(described(error, source)) from None
    return [types.Output("main", [types.OutputItem_Created(item) for item in items])]


def _for_each(context, parameters, given):
    main, failed, compiled = [], [], {}
    for at in range(len(given.items)):
        source = parameters.at(at).code
        own = names.of_item(given, at) | {"_values": parameters.at(at).values}
        try:
            if source not in compiled:
                known = names.of_call(context, source, given)
                compiled[source] = Compiled(source, known | own), known
            code, known = compiled[source]
            main.append(types.OutputItem_Created(one_item(code.run(known | own), at, given)))
        except BaseException as error:
            told = described(error, source, at)
            if not context.keep_going:
                raise Err(told) from None
            failed.append(types.OutputItem_Failed(told))
    outputs = [types.Output("main", main)]
    return outputs + [types.Output("error", failed)] if failed else outputs


warm_up.calls(WitWorld())
preload.freeze()
