using System.Text.Json.Serialization;

namespace Niwaki.Torch;

/// <summary>How much a network needs each unit of its channel groups.</summary>
public abstract record Importance
{
    /// <summary>Whether calibration pictures decide.</summary>
    [JsonIgnore]
    public virtual bool ReadsData => false;

    /// <summary>How a budget is shared out where the pruning does not say.</summary>
    [JsonIgnore]
    public virtual Allocation Allocation => new GlobalAllocation();

    /// <summary>Refuses options that it cannot work with, without looking at any model.</summary>
    /// <exception cref="StageException">The user can fix it.</exception>
    protected internal virtual void Validate()
    {
    }

    /// <summary>Refuses models that it cannot work with. Cheap.</summary>
    /// <exception cref="StageException">The user can fix it.</exception>
    protected internal virtual void Require(Architecture architecture, StageContext context)
    {
    }

    /// <summary>For each group a number for each of its units, at least 0: the smaller, the sooner it goes.</summary>
    protected internal abstract IReadOnlyList<double[]> Scores(ImportanceRequest request);
}
