using System.Globalization;

namespace Niwaki;

/// <summary>The classes that an imported model gets.</summary>
internal static class ImportedClasses
{
    private const double GoldenAngle = 137.50776405003785;
    private const int Most = 100_000;

    /// <param name="asked">What the user asked for: nothing, a number, a file, or names.</param>
    /// <param name="own">How many classes the checkpoint has; null if it has no classifier.</param>
    /// <param name="labels">Their names, where something tells them.</param>
    /// <param name="vocabulary">Reads a file.</param>
    public static IReadOnlyList<ClassInfo> Of(ValueList<string> asked, int? own, IReadOnlyList<string>? labels, Vocabulary vocabulary)
    {
        if (asked is [var path] && path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            return File.Exists(path) ? ClassInfo.Checked(vocabulary.Read<ClassInfo[]>(TextFile.Read(path), path), path) : throw new StageException($"{path}: there is no such file. Give a number of classes, their names, or the path of a {IModel.ClassesFile}.");
        if (asked.Count > 1 || (asked.Count == 1 && !int.TryParse(asked[0], NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            return ClassInfo.Checked(Named(asked), "classes");
        var count = asked.Count == 1 ? int.Parse(asked[0], CultureInfo.InvariantCulture) : own
            ?? throw new StageException("The checkpoint has no classifier, so nothing tells the classes. Give --classes: a number, their names, or the path of a classes.json.");
        if (count is < 1 or > Most)
            throw new StageException($"classes is {count}, but 1 to {Most} are needed.");
        return labels?.Count == count ? Named(Distinct(labels)) : Named([.. Enumerable.Range(0, count).Select(i => $"class {i}")]);
    }

    private static ClassInfo[] Named(IReadOnlyList<string> names) => [.. names.Select((name, i) => new ClassInfo(name, Color(i)))];

    // ImageNet has two kinds of crane
    private static List<string> Distinct(IReadOnlyList<string> labels)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return [.. labels.Select((label, i) => seen.Add(label) ? label : $"{label} ({i})")];
    }

    /// <summary>Neighbouring indices get hues far apart.</summary>
    private static string Color(int index)
    {
        var hue = index * GoldenAngle % 360 / 60;
        var (saturation, value) = (0.55 + (0.25 * (index % 3) / 2), 0.95 - (0.3 * (index / 3 % 3) / 2));
        return $"#{Channel(5):x2}{Channel(3):x2}{Channel(1):x2}";

        int Channel(int n)
        {
            var k = (n + hue) % 6;
            return (int)Math.Round(255 * (value - (value * saturation * Math.Clamp(Math.Min(k, 4 - k), 0, 1))));
        }
    }
}
