namespace Niwaki;

/// <summary>What is known of who made a bundle.</summary>
public enum BundleTrust
{
    /// <summary>It has no signature.</summary>
    Unsigned,

    /// <summary>It has a signature, but no public key was there to check it.</summary>
    Unchecked,

    /// <summary>Its signature belongs to the public key.</summary>
    Verified,
}
