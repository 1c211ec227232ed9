using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Niwaki;

/// <summary>
/// One step from artifact to artifact. Its properties are its options, its JSON is its line in a recipe, its entry in the
/// lineage and its part of the cache key, and its properties are the options of its command.
/// </summary>
public abstract record Stage
{
    /// <summary>The artifact kind (or interface) it takes.</summary>
    [JsonIgnore]
    public abstract Type Input { get; }

    /// <summary>The artifact kind it gives.</summary>
    [JsonIgnore]
    public abstract Type Output { get; }

    /// <summary>Whether the dataset is part of the cache key. A stage that never reads <see cref="StageContext.Data"/> says no.</summary>
    [JsonIgnore]
    public virtual bool ReadsData => true;

    /// <summary>Further artifacts this stage reads: every <see cref="ArtifactReference"/> in its properties and in the records that these hold.</summary>
    [JsonIgnore]
    public IEnumerable<ArtifactReference> References => RecordWalk.Of(this).Select(found => found.Value).OfType<ArtifactReference>().Distinct();

    /// <summary>The kind (or interface) that a referenced artifact must have: a recipe is refused early where it names another one.</summary>
    public virtual Type KindOf(ArtifactReference reference) => typeof(Artifact);

    /// <summary>Refuses options that no run can work with. Cheap; called for every step before the first one runs.</summary>
    /// <exception cref="StageException">An option is out of range, or not a number.</exception>
    public void Validate()
    {
        Check();
        foreach (var (path, value) in RecordWalk.Of(this))
        {
            if (value is double number && !double.IsFinite(number) || value is float single && !float.IsFinite(single))
                throw new StageException($"{path} is {value}, but a finite number is needed.");
            if (value is Stage inner)
                inner.Check();
        }
    }

    /// <summary>Refuses options out of range, without looking at any artifact.</summary>
    /// <exception cref="StageException">The message names the option, its value and what is allowed.</exception>
    protected virtual void Check()
    {
    }

    /// <summary>The one place where a stage is carried out: Require, Run, Ensure, lineage, seal.</summary>
    /// <param name="input">Of kind <see cref="Input"/>.</param>
    /// <param name="context">Whose output folder becomes <paramref name="final"/>.</param>
    /// <param name="final">The finished artifact's folder.</param>
    /// <exception cref="StageException">The user can fix it.</exception>
    public Artifact Apply(Artifact input, StageContext context, string final)
    {
        if (!Input.IsInstanceOfType(input))
            throw new StageException($"{Name} takes a {Catalog.Kebab(Input.Name)}, but '{input.Folder}' is a {Catalog.Kebab(input.GetType().Name)}. Change the order of the steps, or give \"from\".");
        return ApplyTo(input, context, final);
    }

    /// <summary>The catalog name.</summary>
    [JsonIgnore]
    public string Name => Catalog.NameOf(GetType(), typeof(Stage));

    /// <summary>SHA-256 in hex over everything that determines the output.</summary>
    public string CacheKey(Artifact input, StageContext context) => CacheKey(input.Digest, context);

    /// <summary>Digests of whatever else the stage reads, beside its input, the dataset and <see cref="References"/>.</summary>
    protected virtual IEnumerable<string> OtherDigests(StageContext context) => [];

    internal abstract Artifact ApplyTo(Artifact input, StageContext context, string final);

    private protected string CacheKey(string inputDigest, StageContext context)
    {
        var text = new StringBuilder();
        text.Append(Name).Append('\n').Append(JsonSerializer.Serialize(this, GetType(), context.Vocabulary.Json)).Append('\n').Append(inputDigest).Append('\n').Append(context.Seed).Append('\n');
        if (ReadsData && context.Data is { } data)
            text.Append(data.Digest()).Append('\n');
        foreach (var reference in References)
            text.Append(context.Resolve<Artifact>(reference).Digest).Append('\n');
        foreach (var digest in OtherDigests(context).Concat(RecordWalk.Of(this).Select(found => found.Value).OfType<Stage>().SelectMany(inner => inner.OtherDigests(context))))
            text.Append(digest).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}

/// <summary>A stage with its kinds.</summary>
/// <typeparam name="TIn">The artifact kind it takes (or <see cref="IModel"/>).</typeparam>
/// <typeparam name="TOut">The artifact kind it gives.</typeparam>
public abstract record Stage<TIn, TOut> : Stage
    where TIn : class
    where TOut : Artifact
{
    /// <inheritdoc/>
    [JsonIgnore]
    public sealed override Type Input => typeof(TIn);

    /// <inheritdoc/>
    [JsonIgnore]
    public sealed override Type Output => typeof(TOut);

    /// <summary>Cheap; throws before any work is done.</summary>
    protected virtual void Require(TIn input, StageContext context)
    {
    }

    /// <summary>Writes the output's files into <see cref="StageContext.OutputFolder"/>.</summary>
    protected abstract void Run(TIn input, StageContext context);

    /// <summary>The stage proves what it promises, on the files it wrote (still in <see cref="StageContext.OutputFolder"/>).</summary>
    protected virtual void Ensure(TIn input, StageContext context)
    {
    }

    internal sealed override Artifact ApplyTo(Artifact input, StageContext context, string final)
    {
        var typed = (TIn)(object)input;
        Validate();
        Require(typed, context);
        var key = CacheKey(input.Digest, context);
        var clock = AttemptClock.Start(context);
        using (clock)
        {
            Run(typed, context);
            Ensure(typed, context);
        }

        var step = new LineageStep(Name, JsonSerializer.SerializeToElement(this, GetType(), context.Vocabulary.Json), key, input.Digest, context.Seed, clock.Started, clock.Spent, Version)
        {
            Data = ReadsData ? context.Data?.Digest() : null,
            References = References.ToDictionary(reference => reference.Name, reference => context.Resolve<Artifact>(reference).Digest),
        };
        return ArtifactStore.Seal<TOut>(context.OutputFolder, final, [.. input.Lineage, step], context.Vocabulary);
    }

    private static string Version { get; } = typeof(Stage).Assembly.GetName().Version?.ToString(3) ?? "0";
}
