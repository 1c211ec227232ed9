using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>What becomes of the foreign tensors whose names match. Targets are templates, <c>$1</c> being the pattern's first group.</summary>
public sealed class NameRule
{
    private readonly Regex pattern;
    private readonly Func<Match, string>? target;

    private NameRule(string pattern, Func<Match, string>? target)
    {
        this.pattern = new Regex($"^{pattern}$", RegexOptions.CultureInvariant);
        this.target = target;
    }

    /// <summary>Whether the tensor holds q, k and v one above the other; <c>*</c> in the target stands for each.</summary>
    public bool IsFused { get; private init; }

    /// <summary>Whether the tensor holds q, k and v of a separable attention one above the other, where q has one row; <c>*</c> in the target stands for each.</summary>
    public bool IsSeparable { get; private init; }

    /// <summary>What a fused tensor holds.</summary>
    public string Parts { get; private init; } = "qkv";

    /// <summary>Whether a fused tensor holds q, k and v for one head after the other.</summary>
    public bool IsPerHead { get; private init; }

    /// <summary>Whether the last axis is that of a patch merging by <c>nn.Unfold</c>: channel-major.</summary>
    public bool IsUnfolded { get; private init; }

    /// <summary>A module with weight, bias or running statistics.</summary>
    public static NameRule Layer(string pattern, string target) => Layer(pattern, Template(target));

    /// <summary>A module with weight, bias or running statistics.</summary>
    public static NameRule Layer(string pattern, Func<Match, string> target) => new($@"{pattern}\.(weight|bias|running_mean|running_var)", AndLeaf(target));

    /// <summary>A layer that holds q, k and v in one; its target has a <c>*</c> in their place.</summary>
    public static NameRule Qkv(string pattern, string target) => Qkv(pattern, Template(target));

    /// <summary>A layer that holds q, k and v in one; its target has a <c>*</c> in their place.</summary>
    public static NameRule Qkv(string pattern, Func<Match, string> target) => new($"{pattern}[._](weight|bias)", AndLeaf(target)) { IsFused = true };

    /// <summary>The same of a separable attention, where q has one row.</summary>
    public static NameRule SeparableQkv(string pattern, string target) => SeparableQkv(pattern, Template(target));

    /// <summary>The same of a separable attention, where q has one row.</summary>
    public static NameRule SeparableQkv(string pattern, Func<Match, string> target) => new($@"{pattern}\.(weight|bias)", AndLeaf(target)) { IsSeparable = true };

    /// <summary>A layer that holds k and v in one; its target has a <c>*</c> in their place.</summary>
    public static NameRule KeyValue(string pattern, Func<Match, string> target) => new($@"{pattern}\.(weight|bias)", AndLeaf(target)) { IsFused = true, Parts = "kv" };

    /// <summary>A layer that holds q, k and v of the first head, then those of the second, …; its target, below the attention's name, has a <c>*</c> in their place.</summary>
    public static NameRule QkvPerHead(string pattern, string target) => QkvPerHead(pattern, Template(target));

    /// <summary>A layer that holds q, k and v of the first head, then those of the second, …; its target, below the attention's name, has a <c>*</c> in their place.</summary>
    public static NameRule QkvPerHead(string pattern, Func<Match, string> target) => new($@"{pattern}\.(weight|bias)", AndLeaf(target)) { IsFused = true, IsPerHead = true };

    /// <summary>A layer of a patch merging by <c>nn.Unfold</c>.</summary>
    public static NameRule Unfolded(string pattern, Func<Match, string> target) => new($@"{pattern}\.(weight|bias)", AndLeaf(target)) { IsUnfolded = true };

    /// <summary>A single tensor.</summary>
    public static NameRule Tensor(string pattern, string target) => Tensor(pattern, Template(target));

    /// <summary>A single tensor.</summary>
    public static NameRule Tensor(string pattern, Func<Match, string> target) => new(pattern, target);

    /// <summary>Tensors that a checkpoint stores and nobody needs.</summary>
    public static NameRule Skip(string pattern) => new(pattern, null);

    /// <summary>Whether it is about this tensor, and under which name it goes on: null if it is dropped.</summary>
    public bool Matches(string name, out string? ours)
    {
        var match = pattern.Match(name);
        ours = match.Success ? target?.Invoke(match) : null;
        return match.Success;
    }

    private static Func<Match, string> Template(string target) => match => match.Result(target);

    private static Func<Match, string> AndLeaf(Func<Match, string> target) => match => $"{target(match)}.{match.Groups[match.Groups.Count - 1].Value}";
}
