namespace Niwaki;

/// <summary>What an installation did.</summary>
/// <param name="Bundle">The bundle that serves now.</param>
/// <param name="Before">The bundle that served before; <see langword="null"/> where none did.</param>
/// <param name="SelfTest">The new bundle's self-test.</param>
/// <param name="Comparison">The new bundle beside the one before.</param>
/// <param name="Remarks">What a person should know.</param>
public sealed record InstallReport(InstalledBundle Bundle, InstalledBundle? Before, Verdict? SelfTest, BundleComparison? Comparison, ValueList<string> Remarks)
{
    /// <summary>Whether this very bundle served already, so that nothing was done.</summary>
    public bool Unchanged => Bundle == Before;
}

/// <summary>A bundle in the folder of installed ones.</summary>
/// <param name="Number">Counts installations, from 1.</param>
/// <param name="Folder">Where its files are.</param>
public sealed record InstalledBundle(int Number, string Folder)
{
    /// <summary>The folder's own name: number, name, revision and the beginning of the digest.</summary>
    public string Label => Path.GetFileName(Folder);
}
