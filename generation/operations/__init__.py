"""What can be asked for. One line here for each file beside."""

from generation.operations.base import Operation
from generation.operations.jumdata_drawing import JumdataDrawing
from generation.operations.wujie_drawing import WujieDrawing

OPERATIONS: dict[str, Operation] = {
    operation.slug: operation for operation in (WujieDrawing(), JumdataDrawing())
}
