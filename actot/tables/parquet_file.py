"""The columns of a Parquet file; one that is damaged or holds lists is left out and said."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from actot.errors import BadInput
from actot.foreign_text import legible
from actot.tables.cells import Column
from actot.tables.file_formats import Limits, check_shape

DEEPEST = 40
# The errors that a damaged Parquet file is read with.
PARQUET_ERRORS = (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError)


def read(
    name: str, data: bytes, limits: Limits, warnings: list[str]
) -> tuple[int, list[str], list[Column]]:
    """(rows, header, columns). Raises: BadInput for a file that is none."""
    try:
        meta = pq.read_metadata(pa.BufferReader(data))
        check_shape(name, meta.num_columns, meta.num_rows * meta.num_columns, limits)
        leaves = [meta.schema.column(i) for i in range(meta.num_columns)]
        # A text stays in its dictionary: a small file may repeat a long one a million times.
        texts = [c.path for c in leaves if c.logical_type.type == "STRING"]
        file = pq.ParquetFile(
            pa.BufferReader(data), read_dictionary=texts, page_checksum_verification=True
        )
        names = list(dict.fromkeys(file.schema_arrow.names))
        # A few bytes may say a list of a hundred million.
        lists = {c.path.split(".")[0] for c in leaves if c.max_repetition_level}
    except PARQUET_ERRORS as e:
        raise BadInput(
            f"{name}: not a whole Parquet file ({legible(e)}); copy or export it again"
        ) from e
    header, columns = [], []
    for top in names:
        if top in lists:
            warnings.append(f"column {legible(top)} holds lists; left out")
            continue
        try:
            for leaf, cells in _flat(file.read(columns=[top])):
                if len(cells) == meta.num_rows:
                    header.append(leaf)
                    columns.append(Column(cells))
        except (*PARQUET_ERRORS, MemoryError):
            warnings.append(f"column {legible(top)} is damaged; left out")
    if not columns:
        raise BadInput(f"{name}: no column of it can be read; copy or export it again")
    return meta.num_rows, header, columns


def _flat(table: pa.Table) -> Iterator[tuple[str, pa.Array]]:
    """The columns with the fields of structs dotted, dates as text."""
    for _ in range(DEEPEST):
        if not any(pa.types.is_struct(t) for t in table.schema.types):
            break
        table = table.flatten()
    for leaf, column in zip(table.column_names, table.columns, strict=True):
        cells = column.combine_chunks()
        if pa.types.is_timestamp(cells.type):
            cells = cells.cast(pa.timestamp("us"), safe=False).cast(pa.string())
        elif pa.types.is_temporal(cells.type) or pa.types.is_binary(cells.type):
            cells = cells.cast(pa.string())
        cells.validate(full=True)
        yield leaf, cells
