using System.Security.Cryptography;
using System.Text;

namespace Niwaki.Vision;

/// <summary>
/// Drawn scenes of disasters as a drone sees them, with the 14 classes of the LPCV 2023 challenge: endless, seeded, and built
/// in, so that everything can be tried without a dataset. A scene depends on the seed, the split and its number alone.
/// </summary>
public sealed record SyntheticDataSource : DataSource
{
    /// <summary>Pixels across. 128 trains in minutes on a laptop.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Pixels down.</summary>
    public int Height { get; init; } = 128;

    /// <summary>How many scenes to train on.</summary>
    public int Train { get; init; } = 2000;

    /// <summary>How many scenes to validate on.</summary>
    public int Validation { get; init; } = 200;

    /// <summary>Another seed, other scenes.</summary>
    public int Seed { get; init; } = 1;

    /// <inheritdoc/>
    public override IReadOnlyList<ClassInfo> Classes() => LpcvClasses.All;

    /// <inheritdoc/>
    public override ISampleSet Open(Split split) => new CachedSampleSet(OpenUncached(split), new Bytes(256L << 20));

    /// <inheritdoc/>
    public override string Digest() =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"synthetic {SceneRenderer.Version} {Width} {Height} {Train} {Validation} {Seed}")));

    internal ISampleSet OpenUncached(Split split)
    {
        if (Width is < 16 or > 4096 || Height is < 16 or > 4096)
            throw new StageException($"synthetic scenes: a size of {Width} x {Height} cannot be drawn. Choose \"width\" and \"height\" from 16 to 4096.");
        if (Train < 1 || Validation < 1)
            throw new StageException($"synthetic scenes: {Train} scenes to train on and {Validation} to validate on. Both \"train\" and \"validation\" must be at least 1.");
        return new SyntheticSampleSet(this, split);
    }
}
