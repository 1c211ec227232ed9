namespace Niwaki;

/// <summary>How far an installation has come. Whatever ends it before <see cref="Switched"/> leaves the old bundle serving.</summary>
public enum InstallStep
{
    /// <summary>No other installation works in the folder.</summary>
    Locked,

    /// <summary>What an earlier one left behind is gone.</summary>
    Cleaned,

    /// <summary>The archive's signature and every checksum are right, and its files lie beside the old bundle.</summary>
    Unpacked,

    /// <summary>The files were read back from the disk and are right.</summary>
    Verified,

    /// <summary>It is for this machine, and not older than what serves.</summary>
    Accepted,

    /// <summary>Its self-test passed.</summary>
    SelfTested,

    /// <summary>It was compared with the bundle that serves.</summary>
    Compared,

    /// <summary>Its folder has its final name.</summary>
    Placed,

    /// <summary>It serves.</summary>
    Switched,

    /// <summary>Old bundles beyond those that are kept are gone.</summary>
    Pruned,
}
