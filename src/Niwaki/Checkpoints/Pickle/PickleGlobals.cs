using System.Collections.Frozen;

namespace Niwaki;

/// <summary>
/// The names of Python that a checkpoint may use: what tensors are made of, containers, and a few kinds of plain data that trainings
/// store beside them and that are read over. Nothing is ever looked up or called; any other name is an error.
/// </summary>
internal static class PickleGlobals
{
    private static readonly FrozenDictionary<string, PickleGlobal> Known = All().ToFrozenDictionary(known => known.Name, StringComparer.Ordinal);

    public static PickleGlobal? Find(string module, string name) => Known.GetValueOrDefault($"{module}.{name}");

    private static IEnumerable<PickleGlobal> All()
    {
        foreach (var name in (string[])["_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3"])
            yield return new($"torch._utils.{name}", PickleGlobalKind.Tensor);
        yield return new("torch._utils._rebuild_parameter", PickleGlobalKind.Parameter);
        yield return new("torch._utils._rebuild_parameter_with_state", PickleGlobalKind.Parameter);
        yield return new("torch._tensor._rebuild_from_type_v2", PickleGlobalKind.FromType);
        foreach (var name in (string[])["torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer"])
            yield return new(name, PickleGlobalKind.TensorClass);

        foreach (var (name, type) in ((string, ElementType)[])
        [
            ("Float", ElementType.Float32), ("Half", ElementType.Float16), ("BFloat16", ElementType.BFloat16), ("Double", ElementType.Float64), ("Long", ElementType.Int64),
            ("Int", ElementType.Int32), ("Short", ElementType.Int16), ("Char", ElementType.Int8), ("Byte", ElementType.UInt8), ("Bool", ElementType.Boolean),
        ])
        {
            foreach (var module in (string[])["torch", "torch.cuda"])
            {
                yield return new($"{module}.{name}Storage", PickleGlobalKind.Storage, type);
                yield return new($"{module}.{name}Tensor", PickleGlobalKind.TensorClass, type);
            }
        }

        yield return new("torch.UntypedStorage", PickleGlobalKind.Storage);
        yield return new("torch.storage.UntypedStorage", PickleGlobalKind.Storage);
        foreach (var (name, type) in ((string, ElementType)[])
        [
            ("float32", ElementType.Float32), ("float", ElementType.Float32), ("float16", ElementType.Float16), ("half", ElementType.Float16), ("bfloat16", ElementType.BFloat16),
            ("float64", ElementType.Float64), ("double", ElementType.Float64), ("int64", ElementType.Int64), ("long", ElementType.Int64), ("uint64", ElementType.UInt64),
            ("int32", ElementType.Int32), ("int", ElementType.Int32), ("uint32", ElementType.UInt32), ("int16", ElementType.Int16), ("short", ElementType.Int16),
            ("uint16", ElementType.UInt16), ("int8", ElementType.Int8), ("uint8", ElementType.UInt8), ("bool", ElementType.Boolean),
        ])
        {
            yield return new($"torch.{name}", PickleGlobalKind.DataType, type);
        }

        foreach (var name in (string[])["collections.OrderedDict", "collections.defaultdict", "collections.Counter", "builtins.dict", "__builtin__.dict"])
            yield return new(name, PickleGlobalKind.Dictionary);
        foreach (var name in (string[])["torch.Size", "builtins.set", "__builtin__.set", "builtins.frozenset", "__builtin__.frozenset", "builtins.list", "__builtin__.list", "builtins.tuple", "__builtin__.tuple"])
            yield return new(name, PickleGlobalKind.Sequence);
        foreach (var name in (string[])
        [
            "torch.device", "argparse.Namespace", "_codecs.encode", "builtins.int", "builtins.float", "builtins.str", "builtins.bytes", "builtins.bytearray", "builtins.complex",
            "numpy.dtype", "numpy.ndarray", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
        ])
        {
            yield return new(name, PickleGlobalKind.Inert);
        }
    }
}
