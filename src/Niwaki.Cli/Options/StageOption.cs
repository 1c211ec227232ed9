using System.CommandLine;
using System.Reflection;

namespace Niwaki.Cli;

/// <summary>One property of a stage (or of a record inside it) as an option.</summary>
/// <param name="Option">Takes the words.</param>
/// <param name="Path">Where the value goes in the stage's JSON.</param>
/// <param name="Property">What it sets.</param>
internal sealed record StageOption(Option<string[]> Option, ValueList<string> Path, PropertyInfo Property);
