namespace Niwaki;

/// <summary>
/// Something that the user can fix. The message says where, what came, what is allowed and what to do; the command line
/// prints it without a stack trace and ends with exit code 1.
/// </summary>
public sealed class StageException : Exception
{
    /// <summary>A complete sentence for the user.</summary>
    public StageException(string message)
        : base(message)
    {
    }

    /// <summary>A complete sentence for the user, and what caused it.</summary>
    public StageException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
