namespace Niwaki;

/// <summary>A name of Python that a pickle may use.</summary>
/// <param name="Name">With its module.</param>
/// <param name="Kind">What it is good for.</param>
/// <param name="Type">Of a storage or a dtype.</param>
internal sealed record PickleGlobal(string Name, PickleGlobalKind Kind, ElementType? Type = null);

/// <summary>What a known name of Python is good for.</summary>
internal enum PickleGlobalKind
{
    /// <summary><c>_rebuild_tensor</c>, <c>_rebuild_tensor_v2</c>, <c>_rebuild_tensor_v3</c>.</summary>
    Tensor,

    /// <summary><c>_rebuild_parameter</c>: wraps a tensor.</summary>
    Parameter,

    /// <summary><c>_rebuild_from_type_v2</c>: calls another known function.</summary>
    FromType,

    /// <summary>A storage's class.</summary>
    Storage,

    /// <summary><c>torch.float32</c> and so on.</summary>
    DataType,

    /// <summary>A tensor's or parameter's class.</summary>
    TensorClass,

    /// <summary>A dict, whatever its class.</summary>
    Dictionary,

    /// <summary>A list, tuple or set.</summary>
    Sequence,

    /// <summary>Plain data that is read over.</summary>
    Inert,
}
