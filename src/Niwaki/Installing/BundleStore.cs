using System.Globalization;
using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>
/// A folder that bundles are installed into. They lie side by side in <c>bundles/</c> under numbered names, each whole and checked before it
/// has its name; the link <c>current</c> says which one serves and is replaced in one step. There is no other state that could contradict it.
/// </summary>
public sealed partial class BundleStore
{
    /// <summary>The link to the bundle that serves.</summary>
    public const string CurrentLink = "current";

    /// <summary>The public key that was given with an installation: bundles of others are refused from then on.</summary>
    public const string TrustedKey = "trusted.pem";

    private const string Bundles = "bundles";
    private const string Incoming = ".incoming";

    private readonly string root;

    /// <summary>A folder, which need not be there yet.</summary>
    public BundleStore(string root) => this.root = Path.GetFullPath(root);

    /// <summary>The folder of bundles below a store's folder.</summary>
    private string Folder => Path.Combine(root, Bundles);

    private string Link => Path.Combine(root, CurrentLink);

    /// <summary>Every bundle that is there, the oldest first.</summary>
    public ValueList<InstalledBundle> Installed => !Directory.Exists(Folder)
        ? []
        : new ValueList<InstalledBundle>(Directory.EnumerateDirectories(Folder)
            .Select(folder => (Folder: folder, Match: NumberedName().Match(Path.GetFileName(folder))))
            .Where(each => each.Match.Success)
            .Select(each => new InstalledBundle(int.Parse(each.Match.Groups[1].Value, CultureInfo.InvariantCulture), each.Folder))
            .OrderBy(each => each.Number));

    /// <summary>The bundle that serves; <see langword="null"/> where none was installed yet.</summary>
    /// <exception cref="StageException">The link leads nowhere or outside.</exception>
    public InstalledBundle? Serving
    {
        get
        {
            if (new FileInfo(Link).LinkTarget is not { } target)
                return Path.Exists(Link) ? throw new StageException($"{Link}: is no link. Take it away, then install again.") : null;
            var folder = Path.GetFullPath(Path.Combine(root, target));
            return Installed.FirstOrDefault(bundle => bundle.Folder == folder)
                ?? throw new StageException($"{Link}: leads to '{BundleManifest.Printable(target)}', which is no installed bundle. There {(Installed.Count == 0 ? "are none" : $"are {string.Join(", ", Installed.Select(bundle => bundle.Label))}")}: point it to one of them, or take it away and install again.");
        }
    }

    /// <summary>The folder of a bundle: the folder itself where it is an unpacked bundle, or the serving one where bundles were installed into it.</summary>
    /// <exception cref="StageException">Neither.</exception>
    public static string Resolve(string folder)
    {
        if (File.Exists(Path.Combine(folder, BundleManifest.FileName)))
            return folder;
        return new BundleStore(folder).Serving?.Folder ?? throw new StageException($"{folder}: is neither a bundle nor a folder that one was installed into. Unpack a bundle, or install one: niwaki-edge install BUNDLE.tar.gz --root {folder}");
    }

    /// <summary>The key that bundles have to be signed with, where one was given with an installation.</summary>
    /// <exception cref="StageException">The file is damaged.</exception>
    public BundleKey? ReadTrustedKey() => Path.Combine(root, TrustedKey) is var path && File.Exists(path) ? BundleKey.Read(path) : null;

    /// <summary>Installs a bundle beside the one that serves, tries it, and switches. Whatever goes wrong before leaves the old one serving.</summary>
    /// <param name="archive">The bundle.</param>
    /// <param name="rules">What it has to reach.</param>
    /// <param name="open">Loads a bundle's model.</param>
    /// <exception cref="StageException">Another installation works here, the bundle is not whole, not trusted, not for this machine, older, or did not pass.</exception>
    public InstallReport Install(string archive, InstallRules rules, Func<Bundle, IBundleTrial> open)
    {
        ArgumentNullException.ThrowIfNull(rules);
        rules.Check();
        return Working(() =>
        {
            Reach(InstallStep.Locked);
            var before = Serving;
            Clean(before);
            Reach(InstallStep.Cleaned);
            var incoming = Path.Combine(Folder, Incoming);
            var trusted = rules.Key is null ? ReadTrustedKey() : null;
            try
            {
                var key = rules.Key ?? trusted;
                BundleArchive.Unpack(archive, incoming, key, rules.Limits, rules.Cancel);
                Reach(InstallStep.Unpacked);
                var bundle = Bundle.Open(incoming, key, rules.Limits);
                Reach(InstallStep.Verified);
                var running = before is null ? null : OpenServing(before);
                if (running?.Digest == bundle.Digest)
                    return new InstallReport(before!, before, null, null, ["This bundle serves already."]);
                Accept(bundle, running, rules);
                Reach(InstallStep.Accepted);
                var remarks = new List<string>();
                if (bundle.Trust != BundleTrust.Verified)
                    remarks.Add(bundle.Trust == BundleTrust.Unsigned ? "The bundle is not signed: nobody vouches for it." : "The bundle is signed, but no public key was given to check it.");
                var (verdict, comparison) = Try(bundle, running, rules, open, remarks);
                var placed = Place(incoming, bundle);
                Reach(InstallStep.Placed);
                if (rules.Key is not null)
                    AtomicFile.WriteText(Path.Combine(root, TrustedKey), rules.Key.PublicPem);
                Switch(placed);
                Reach(InstallStep.Switched);
                Prune(placed, rules.Keep, remarks);
                Reach(InstallStep.Pruned);
                return new InstallReport(placed, before, verdict, comparison, new ValueList<string>(remarks));
            }
            finally
            {
                trusted?.Dispose();
                Delete(incoming, null);
            }
        });

        void Reach(InstallStep step)
        {
            rules.Reached?.Invoke(step);
            if (step < InstallStep.Placed)
                rules.Cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Goes back to the bundle that was installed before the one that serves.</summary>
    /// <returns>What serves now, and what served before.</returns>
    /// <exception cref="StageException">There is none, or it is damaged.</exception>
    public (InstalledBundle Now, InstalledBundle Before) Rollback() => Working(() =>
    {
        var before = Serving ?? throw new StageException($"{root}: no bundle serves here, so there is none to go back from.");
        var older = Installed.LastOrDefault(bundle => bundle.Number < before.Number)
            ?? throw new StageException($"{root}: {before.Label} is the oldest bundle that is kept, so there is none to go back to. Install the one you want.");
        using var trusted = ReadTrustedKey();
        Bundle.Open(older.Folder, trusted);
        Switch(older);
        return (older, before);
    });

    private T Working<T>(Func<T> work)
    {
        if (OperatingSystem.IsWindows())
            throw new StageException("Bundles are installed on Linux.");
        using var taken = FolderLock.Take(root);
        try
        {
            Directory.CreateDirectory(Folder);
            return work();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{root}: the bundle could not be installed ({problem.Message}). What served before still serves. Free space or check who may write there, then run the same command again.", problem);
        }
    }

    // what serves is believed to be whole: if it is not, a new one is the remedy
    private static Bundle? OpenServing(InstalledBundle serving)
    {
        try
        {
            return Bundle.Open(serving.Folder);
        }
        catch (StageException)
        {
            return null;
        }
    }

    private static void Accept(Bundle bundle, Bundle? running, InstallRules rules)
    {
        var manifest = bundle.Manifest;
        if (manifest.Program is not null && manifest.Device.Platform != rules.Platform)
            throw new StageException($"{manifest.Name} {manifest.Revision} is for {manifest.Device.Platform} ({manifest.Device.Name}), but this machine is {rules.Platform}. Take the bundle that was made for it.");
        if (running?.Manifest is not { } serving || rules.AllowDowngrade)
            return;
        if (serving.Name != manifest.Name)
            throw new StageException($"{manifest.Name} {manifest.Revision} is another deployment than {serving.Name} {serving.Revision}, which serves. Install it into another folder, or allow a downgrade if it is meant to replace it.");
        if (manifest.Revision < serving.Revision)
            throw new StageException($"{manifest.Name} {manifest.Revision} is older than revision {serving.Revision}, which serves. Use rollback to go back, or allow a downgrade.");
    }

    private static (Verdict SelfTest, BundleComparison? Comparison) Try(Bundle bundle, Bundle? running, InstallRules rules, Func<Bundle, IBundleTrial> open, List<string> remarks)
    {
        using var candidate = open(bundle);
        var verdict = candidate.SelfTest();
        Demand(verdict, $"{bundle.Manifest.Name} {bundle.Manifest.Revision} did not pass its self-test on this machine");
        rules.Reached?.Invoke(InstallStep.SelfTested);
        BundleComparison? comparison = null;
        if (running is not null)
        {
            var pictures = Pictures(bundle, running, rules);
            using var serving = OpenOrNull(open, running, remarks);
            if (serving is not null)
                comparison = BundleComparison.Of(candidate, serving, bundle.Manifest.Classes, running.Manifest.Classes, pictures, rules.Cancel);
            if (comparison is not null)
                Demand(comparison.Judge(rules), $"{bundle.Manifest.Name} {bundle.Manifest.Revision} is worse than {running.Manifest.Name} {running.Manifest.Revision}, which serves");
        }

        rules.Reached?.Invoke(InstallStep.Compared);
        rules.Cancel.ThrowIfCancellationRequested();
        return (verdict, comparison);
    }

    private static IBundleTrial? OpenOrNull(Func<Bundle, IBundleTrial> open, Bundle running, List<string> remarks)
    {
        try
        {
            return open(running);
        }
        catch (StageException problem)
        {
            remarks.Add($"The serving model could not be loaded to compare with ({problem.Message}).");
            return null;
        }
    }

    private static void Demand(Verdict verdict, string otherwise)
    {
        if (!verdict.Passed)
            throw new StageException($"{otherwise}: {string.Join("; ", verdict.Lines.Where(line => !line.Passed).Select(line => $"{line.What} is {line.Value}, but {line.Limit} is needed"))}. What served before still serves.");
    }

    private static List<string> Pictures(Bundle bundle, Bundle running, InstallRules rules)
    {
        var given = rules.Validation is null
            ? Enumerable.Empty<string>()
            : Directory.EnumerateFiles(rules.Validation).Where(IsPicture).Order(StringComparer.Ordinal);
        return [.. given.Concat(bundle.Manifest.Golden.Select(golden => bundle.PathOf(golden.Picture))).Concat(running.Manifest.Golden.Select(golden => running.PathOf(golden.Picture))).Take(rules.MaxPictures)];
    }

    private static bool IsPicture(string path) =>
        Path.GetExtension(path).ToLowerInvariant() is ".png" or ".jpg" or ".jpeg" or ".webp" && !path.EndsWith(".labels.png", StringComparison.OrdinalIgnoreCase);

    private InstalledBundle Place(string incoming, Bundle bundle)
    {
        foreach (var folder in Directory.EnumerateDirectories(incoming, "*", SearchOption.AllDirectories))
            Posix.Sync(folder);
        Posix.Sync(incoming);
        var number = Installed.Select(each => each.Number).DefaultIfEmpty().Max() + 1;
        var final = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{number:000000}-{bundle.Manifest.Name}-{bundle.Manifest.Revision}-{bundle.Digest[..12]}"));
        Posix.Rename(incoming, final);
        Posix.Sync(Folder);
        return new InstalledBundle(number, final);
    }

    private void Switch(InstalledBundle bundle)
    {
        var beside = Link + AtomicFile.Suffix;
        File.Delete(beside);
        File.CreateSymbolicLink(beside, Path.Combine(Bundles, bundle.Label));
        Posix.Rename(beside, Link);
        Posix.Sync(root);
    }

    // what never served, or was gone back from
    private void Clean(InstalledBundle? serving)
    {
        Delete(Path.Combine(Folder, Incoming), null);
        File.Delete(Link + AtomicFile.Suffix);
        foreach (var bundle in Installed.Where(bundle => bundle.Number > (serving?.Number ?? 0)))
            Delete(bundle.Folder, null);
    }

    private void Prune(InstalledBundle serving, int keep, List<string> remarks)
    {
        foreach (var bundle in Installed.Where(bundle => bundle.Number < serving.Number).SkipLast(keep))
            Delete(bundle.Folder, remarks);
    }

    private static void Delete(string folder, List<string>? remarks)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (Exception problem) when (remarks is not null && problem is IOException or UnauthorizedAccessException)
        {
            remarks!.Add($"{folder} could not be deleted ({problem.Message}).");
        }
    }

    [GeneratedRegex(@"^([0-9]{6,9})-[a-z0-9._-]+\z")]
    private static partial Regex NumberedName();
}
