namespace Niwaki;

/// <summary>The part of a dataset that is asked for. A test split is never opened by a stage.</summary>
public enum Split
{
    /// <summary>For fitting.</summary>
    Train,

    /// <summary>For choosing and for measuring.</summary>
    Validation,
}
