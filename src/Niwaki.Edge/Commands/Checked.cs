using System.CommandLine;
using System.Numerics;

namespace Niwaki.Edge;

/// <summary>Values of options within their bounds.</summary>
internal static class Checked
{
    /// <summary>The value.</summary>
    /// <exception cref="StageException">Outside; the message names the bounds.</exception>
    public static T Within<T>(ParseResult parsed, Option<T> option, T least, T most)
        where T : struct, INumber<T> => Within(option.Name, parsed.GetValue(option), least, most);

    /// <summary>The value, which was given.</summary>
    /// <exception cref="StageException">Outside; the message names the bounds.</exception>
    public static T Within<T>(ParseResult parsed, Option<T?> option, T least, T most)
        where T : struct, INumber<T> => Within(option.Name, parsed.GetValue(option)!.Value, least, most);

    /// <summary>An amount such as <c>16 MB</c>.</summary>
    /// <exception cref="StageException">No amount, or outside.</exception>
    public static Bytes Amount(ParseResult parsed, Option<string> option, Bytes least, Bytes most) =>
        Bytes.TryParse(parsed.GetValue(option)!, out var value) && value >= least && value <= most
            ? value
            : throw new StageException($"{option.Name}: is '{parsed.GetValue(option)}', but an amount from {least} to {most} is needed, such as \"16 MB\".");

    /// <summary>A duration such as <c>30 s</c>.</summary>
    /// <exception cref="StageException">No duration, or outside.</exception>
    public static TimeSpan Time(ParseResult parsed, Option<string> option, TimeSpan least, TimeSpan most) =>
        DurationConverter.TryParse(parsed.GetValue(option)!, out var value) && value >= least && value <= most
            ? value
            : throw new StageException($"{option.Name}: is '{parsed.GetValue(option)}', but a duration from {least.TotalSeconds:0.###} s to {most.TotalSeconds:0} s is needed, such as \"30 s\".");

    private static T Within<T>(string name, T value, T least, T most)
        where T : INumber<T> => value >= least && value <= most ? value : throw new StageException($"{name}: is {value}, but a number from {least} to {most} is needed.");
}
