namespace Niwaki.Vision;

/// <summary>A town on an ordinary day.</summary>
internal sealed class QuietTown : SceneTheme
{
    public override GroundLook Ground(SceneRandom random) => GroundLook.Choose(random) with
    {
        Forest = random.Chance(0.3f) ? random.Range(0.05f, 0.25f) : 0,
        Snow = random.Chance(0.12f) ? random.Range(0.6f, 1) : 0,
    };

    public override void Compose(Scene scene)
    {
        var random = scene.Random.Fork();
        if (random.Chance(0.3f))
            Waters.River(scene);
        RoadNet.Town(scene);
        Distractors.Draw(scene, Count(scene, 5));
        Houses.Along(scene, damage: 0, random.Range(0.55f, 0.95f));
        Trees.Draw(scene, Count(scene, 26));
        Vehicles.Parking(scene);
        Vehicles.OnRoads(scene, random.Range(1.5f, 5));
        People.Draw(scene, random.Int(0, 5));
    }
}
