"""lossviz: which weights, which loss, and what they will do to a model.

The public names stand in ``__init__.pyi``, and load on first use, so that ``import lossviz`` does not wait for torch.
"""

import lazy_loader

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
