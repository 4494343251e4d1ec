"""Runs a module as `python -m` would, without its dependencies' warnings: `-m launcher.quiet rasa run`."""

import importlib
import logging
import runpy
import sys
import warnings

UNWANTED = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
# Sanic, when imported, asks for every deprecation to be shown, and Rasa, when it starts, for matplotlib's:
# what is imported before them, and ignored after, stays quiet. PYTHONWARNINGS could not do it.
# skops, which loads the classifiers, searches every module there is for each type of scikit-learn: after
# TensorFlow that takes half a minute of the start, before it two seconds.
# Rasa sees only what rules say by themselves; a unit test holds every response against the actions too.
SAID_BY_ACTIONS = "The utterance '.*' is not used in any story or rule"
IMPORTED_FIRST = {
    "rasa": ("skops.io", "sanic.app", "matplotlib.font_manager"),
    "actions.server": ("sanic.app", "sanic_cors"),
}


def main(arguments: list[str]) -> None:
    """Runs the module that the first argument names, with the others as its arguments."""
    module, *rest = arguments
    for name in IMPORTED_FIRST.get(module, ()):
        importlib.import_module(name)
        for category in UNWANTED:
            warnings.filterwarnings("ignore", category=category)
    warnings.filterwarnings("ignore", message=SAID_BY_ACTIONS, category=UserWarning)
    # It names each of its plugins as it is loaded.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
