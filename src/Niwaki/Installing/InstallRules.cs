namespace Niwaki;

/// <summary>What an installation asks for before it switches.</summary>
public sealed record InstallRules
{
    /// <summary>The public key of who may make bundles. It is remembered: from then on other bundles are refused, also where no key is given.</summary>
    public BundleKey? Key { get; init; }

    /// <summary>How large a bundle may be.</summary>
    public BundleLimits Limits { get; init; } = new();

    /// <summary>Bundles that are kept for a rollback, besides the one that serves.</summary>
    public int Keep { get; init; } = 2;

    /// <summary>Whether a bundle with a lower revision than the one that serves is taken.</summary>
    public bool AllowDowngrade { get; init; }

    /// <summary>The platform that its program has to be for.</summary>
    public string Platform { get; init; } = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? BundleDevice.LinuxArm64 : BundleDevice.LinuxX64;

    /// <summary>A folder with further pictures on which the new and the serving model are compared; true labels may lie beside them.</summary>
    public string? Validation { get; init; }

    /// <summary>At most this many pictures are compared.</summary>
    public int MaxPictures { get; init; } = 64;

    /// <summary>Least fraction of the pixels that both models label alike. Far below what two good models reach: it catches a model for something else.</summary>
    public double MinAgreement { get; init; } = 0.5;

    /// <summary>Most mean confidence that the new model may have less than the serving one.</summary>
    public double MaxConfidenceDrop { get; init; } = 0.15;

    /// <summary>Most of the fraction of right pixels that the new model may have less than the serving one, where true labels are there.</summary>
    public double MaxAccuracyDrop { get; init; } = 0.03;

    /// <summary>Hears of each step when it is done.</summary>
    public Action<InstallStep>? Reached { get; init; }

    /// <summary>Asks to stop.</summary>
    public CancellationToken Cancel { get; init; }

    internal void Check()
    {
        if (Keep < 1 || MaxPictures < 1 || MinAgreement is not (>= 0 and <= 1) || MaxConfidenceDrop is not (>= 0 and <= 1) || MaxAccuracyDrop is not (>= 0 and <= 1))
            throw new StageException($"install: keep {Keep}, max-pictures {MaxPictures}, min-agreement {MinAgreement}, max-confidence-drop {MaxConfidenceDrop}, max-accuracy-drop {MaxAccuracyDrop}; needed are 1 or more, 1 or more, and three numbers from 0 to 1.");
        if (Validation is not null && !Directory.Exists(Validation))
            throw new StageException($"{Validation}: there is no such folder. Give one with pictures, or leave it out.");
    }
}
