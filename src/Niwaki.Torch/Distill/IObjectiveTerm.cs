using TorchSharp;

namespace Niwaki.Torch;

/// <summary>An <see cref="Objective"/> at work: which features it reads, what it trains besides the student, and its loss.</summary>
internal interface IObjectiveTerm : IDisposable
{
    /// <summary>Names of the student's features that it reads.</summary>
    IReadOnlyList<string> StudentTaps { get; }

    /// <summary>Names of the teacher's features that it reads.</summary>
    IReadOnlyList<string> TeacherTaps { get; }

    /// <summary>Projections and the like: trained with the student, dropped afterwards.</summary>
    IReadOnlyList<KeyValuePair<string, TorchSharp.Modules.Parameter>> Parameters { get; }

    /// <summary>The loss without its weight; a scalar that belongs to the caller's dispose scope.</summary>
    /// <param name="batch">Of both networks.</param>
    /// <param name="log">Takes the parts of an objective that has several.</param>
    torch.Tensor Of(DistillBatch batch, Action<string, double> log);
}
