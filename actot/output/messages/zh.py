"""Every text in Chinese."""

from actot.output.messages.en import English


class Chinese(English):
    """The texts by name."""

    language = "中文"

    # Verdicts: their words and reasons.
    word_improved = "变好"
    word_regressed = "变差"
    word_same = "相同"
    word_within_noise = "在噪声内"
    word_not_comparable = "不可比"
    reason_clear = "区间明显超出噪声"
    reason_inside = "整个区间位于 ±{matters}（最小有意义变化）之内"
    reason_too_small = "变化确定，但小于最小有意义变化 {matters}"
    reason_noise = "此处无法察觉小于 {detectable} 的变化；{seeds}"
    reason_not_held = "区间不含 0，但经多重比较校正后不成立（校正后 p={p}）；此处无法察觉小于 {detectable} 的变化；{seeds}"
    reason_diverged = "在第 {step} 步发散"
    reason_no_data = "{run} 无数据：{missing}"
    reason_few_points = "点数太少（{n} 个，至少需要 {least} 个）"
    reason_not_positive = "数值 {value} 不为正，相对变化没有意义"
    reason_other_knob = "{knob} 不同：{run} 与 {base}"
    reason_other_eval_set = "评估集不同：{metric} 为 {run} 与 {base}"
    reason_too_short = "{run} 在第 {end} 步结束，不到对方预算 {budget} 的一半"
    reason_no_direction = "{metric} 没有好坏方向"
    reason_policy_independent = "{metric} 与策略无关，不能用于评判策略"
    reason_rescaled = "{metric} 会被改动的旋钮 {knob} 重新缩放"
    reason_identical = "{metric} 曲线与 {run} 逐点相同，不构成独立证据"
    reason_no_count = (
        "{run}：成功率 {rate} % 缺少对应的试验次数（{knob}），或与之不符；请同时记录次数 k 与 n"
    )
    reason_baseline_unusable = "基线 {run} 没有可用数值：{reason}"
    reason_counted_rollouts = (
        "末次评估 {k}/{n} 次成功，对照 {base_k}/{base_n}；该区间不含训练种子之间的差异"
    )
    reason_one_knob = "仅 {change} 不同"
    reason_replicate = "重复运行：有效配置相同"
    reason_last_point = "按最后一个点判定，其误差取尾段的离散"
    reason_alias = "同一个量有两个名称：{keys}"
    seeds_needed = "每侧 {n} 个种子可判定 {matters} 的变化"
    seeds_unaffordable = (
        "判定 {matters} 代价过高（每侧超过 {most} 个种子），每侧 3 个种子可看出 {three}"
    )
    seeds_rollouts = "每侧约 {needed} 次试验可判定 {matters}，每侧 100 次可看出 {hundred}"
    seeds_assumed = "种子噪声为假定值，未经测量"
    cut_at_step = "仅比较到第 {step} 步"

    # Absent figures.
    absence_not_logged = "未记录（查找了 {keys}{near}）"
    absence_proxy = "仅记录了代理量：{key} 是另一个量（查找了 {keys}）"
    absence_nonfinite = "{key} 的 {n} 个记录点全部为 NaN 或 Inf"
    absence_before_first_eval = "运行在第 {end} 步结束，早于第 {step} 步的首次评估"
    absence_zeros = "{key} 的 {n} 个点恰为 0.0：是未测量，而不是完美"
    absence_no_shared_step = "{keys} 从未在同一步记录"
    absence_no_knob = "需要旋钮 {knob}，其值在此为 {value}"
    absence_no_best = "{metric} 没有好坏方向，故无最优值"
    absence_zero_first = "{key} 的首个值为 0，没有相对变化"
    absence_zero_median = "{key} 的中位数为 0，没有相对抖动"
    absence_too_few = "点数太少（{n}），无法计算斜率与抖动"
    nearest_logged = "；最接近的已记录键：{keys}"

    # Causes.
    evidence_carried = "{of} 个变差运行中有 {count} 个改动了它（{carriers}）：{changes}"
    evidence_not_alone = "{runs} 未改动它却同样变差：仅凭 {knob} 无法解释全部变差"
    evidence_leaning = "{runs} 也改动了 {knob}，单独判定为变差，但在全部所选运行中尚不确定"
    evidence_leaning_without = "{runs} 未改动 {knob}，单独判定也变差，但在全部所选运行中尚不确定"
    evidence_separates = "没有健康运行改动过 {knob}（共查看 {healthy} 个健康运行）"
    evidence_also_healthy = "健康运行也改动过 {knob}，但在该方向上幅度较小：{runs}"
    evidence_other_value = "健康运行也改动过 {knob}，但取了别的值：{runs}"
    evidence_outside = "{knob} {values} 超出健康运行试过的范围（{low} … {high}）"
    evidence_milder = "{runs} 也改动过 {knob}，确定没有 {whole} 那么差，但未必健康"
    evidence_cleared = "排除嫌疑：{runs} 的 {knob} 改动同样大，但仍健康"
    evidence_cleared_for = "在 {carriers} 中排除嫌疑：{runs} 的 {knob} 改动同样大，但仍健康"
    evidence_matched_pair = (
        "配对：{run} 与 {baseline} 仅 {knob} 不同（{base} → {value}），结论为{word}（{change}）"
    )
    evidence_pair_clears = (
        "排除嫌疑：{run} 的 {knob} 改动同样大，却不比其他设置全同的 {baseline} 差"
    )
    evidence_optimizer_symptom = "{run}：训练 L1 也变差（{l1:+.1f} %），而抖动并未升高（{jitter:.2f} 倍）：更像优化器问题而非 OT 噪声"
    evidence_ot_symptom = "{run}：训练 L1 更抖（{jitter:.2f} 倍）且传输计划坍缩（{mass}）：指向 OT（训练 L1 {l1:+.1f} %）"
    evidence_overfit_symptom = "{run}：训练 L1 并未变差（{l1:+.1f} %，至多 {most:+.1f} %），而 {metric} 变差：过拟合或后期漂移"
    evidence_outlier = (
        "{run} 的旋钮与健康运行 {duplicates} 完全相同：差异不在任何旋钮，因此不以旋钮解释"
    )
    evidence_confounded = "{knob} 总是与 {others} 同时改动：这些运行无法区分它们"
    evidence_undecided = (
        "{knob} 与 {others} 仅在 {runs} 中分开改动，而其结果尚不明确：这些运行无法区分它们"
    )
    evidence_untangle = "从锚点出发的单旋钮运行可以区分它们：{knobs}，各占一个运行；余下的是 {left}"
    evidence_rival = "未受控的差异：{run} 使用 {what} {value}，参照基线使用 {base}"
    cannot_be_told_apart = "{knobs} 无法区分"
    always_moved_together = "{knobs} 总是同时改动"

    # Experiments and the guard.
    guard_refuses = "{knob} {value} 是锚点值 {anchor} 的 {times}；健康运行试过的值为 {tried}"
    guard_warns = "{knob} {value} 超出健康运行试过的范围（{tried}；锚点 {anchor}，{times}）"
    guard_no_effect = "在锚点配置中，单独设 {knob} 为 {value} 不起作用"
    guard_no_place = "{knob} {value}：锚点配置中没有它的位置"
    times = "{ratio} 倍"
    part_title = "实验"
    part_hypothesis = "假设"
    part_fixed = "保持不变"
    part_confirms = "成立条件"
    part_refutes = "不成立条件"
    experiment_replicate_title = "用其他种子重复基线"
    experiment_replicate_hypothesis = "{anchor} 的配置仅因种子就会不同；相差多少尚不够清楚。"
    experiment_replicate_fixed = "除种子外，一切与 {anchor} 相同。"
    experiment_replicate_confirms = (
        "{metric} 在各种子间的离散即为实测噪声：变化更大的“在噪声内”结论由此判定。"
    )
    experiment_replicate_refutes = "仍小于噪声的变化将一直判为在噪声内。"
    experiment_isolate_title = "拆分总是同时改动的旋钮"
    experiment_isolate_hypothesis = "{group} 中有一个单独就会导致变差；现有运行无法区分是哪一个。"
    experiment_isolate_fixed = "每个运行相对 {anchor} 只改动 {knobs} 中的一个，其余不变。"
    experiment_isolate_confirms = "若某运行的 {metric} 变差，则其旋钮即为原因。"
    experiment_isolate_refutes = (
        "若都不变差，则剩下 {left}，或它们只在同时改动时有害，或受限的步幅太小。"
    )
    experiment_sweep_title = "围绕锚点扫描 {knobs}"
    experiment_sweep_hypothesis = "{knobs} 在 {anchor} 取值附近有更好的值。"
    experiment_sweep_fixed = "除 {knobs} 外，一切与 {anchor} 相同。"
    experiment_sweep_confirms = "{metric} 相对 {anchor} 变好。"
    experiment_sweep_refutes = "所有取值均为相同或变差。"
    experiment_template_title = "{template}：每次一个旋钮"
    experiment_template_hypothesis = "配方 {template} 同时设定的取值中，有一个单独使用更好。"
    experiment_template_fixed = "每个运行只从配方取 {knobs} 中的一个，其余与 {anchor} 相同。"
    experiment_template_confirms = "{metric} 相对 {anchor} 变好。"
    experiment_template_refutes = "所有取值均为相同或变差，或被护栏拒绝。"

    # What the rules find.
    rule_constant_lr = "已配置学习率调度器 {scheduler}，但记录的学习率始终为 {lr}。"
    rule_diag_share = "尾段仅有 {share} 的传输质量位于对角线上（低于 {least}）。"
    rule_diverged = "发散：从第 {step} 步起直到结束均为 NaN 或 Inf。"
    rule_drift = "先优后漂移：{metric} 在第 {step} 步附近为 {best}，尾段均值为 {end}（{worse_pct:+.1f} %）。可考虑早停或更平缓的学习率衰减。"
    rule_duplicate = "与 {runs} 重复：有效配置与种子（{seed}）相同，只计一次。"
    rule_grad_norm = "{metric} 在第 {first} 至 {last} 步持续高于 {above}：任意连续 {points} 个点中过半更高，其中位数为 {level}。单个尖峰不计入。"
    rule_identical_curves = "逐点相同：{what}。这类曲线不构成独立证据。"
    rule_ignored_settings = (
        "写在配置中但未生效，因为 {switch} 为 {state}：{what}（所写 ≠ 实际生效）。"
    )
    rule_jitter = "{metric} 的抖动为 {mine}，是参照基线 {theirs} 的 {times} 倍。"
    rule_name_contradicts = "名称与配置矛盾：{what}（名称 ≠ 配置）。实际运行以配置为准。"
    rule_noisy_eval = "评估噪声大于差异：{metric} 与参照基线相差 {change_pct:+.1f} %，而两者尾段自身的波动就有 ±{error_pct:.1f} %（一个标准误）。可增加每次评估的批数，或取更长的尾段。"
    rule_nonfinite = (
        "{metrics} 共有 {n} 个记录点为 NaN 或 Inf（首次出现于第 {step} 步），统计时已剔除。"
    )
    rule_plan_collapse = "传输计划坍缩：{metric} 尾段为 {level}，最低为 {lowest}（第 {step} 步）；此处几乎没有质量被传输，OT 损失小并不代表好。"
    rule_plan_mass = "有传输而无对齐：尾段传输质量为 {mass}（高于 {least}），但没有一个依赖策略的 OT 代价下降达到 {fall_pct} %；其中最好的 {metric} 变化 {moved_pct:+.1f} %。"
    rule_plateau = "平台期：{metric} 在最后 {span} 步内变化 {change_pct:+.1f} %。"
    rule_slow_loading = "每步数据加载耗时 {loading} 秒，更新耗时 {updating} 秒（中位数，{times} 倍）：增加加载进程或使用更快的存储可缩短运行时间。"
    rule_still_improving = "{metric} 在结束时仍在改善：尾段 {points} 个点内改善 {gain_pct:.1f} %。该运行可能停得过早，比较时须谨慎。"
    rule_unfinished = "运行不完整：状态为 {state}，最后记录到第 {end} 步，计划 {budget} 步。"
    rule_unmoved = "{what}：尽管改动了 {knobs}，仍与 {base} 逐点相同。改动的旋钮最多只会将其重新缩放，因此不能据此判断哪个运行更好。"
    rule_zeros = "{metrics} 始终恰为 0：是未测量，而不是完美。"

    # The report and its pictures.
    report_head = "# ACT/OT 对比报告"
    report_at = "（{time}）"
    report_generated = "生成时间：{time}"
    report_not_in_the_figures = "数据中未给出"
    report_comparison_title = "与基线对比：{runs}"
    report_comparison_last = "{key}（末值；运行的末值对基线的尾段均值）："
    report_comparison_versus = "对基线 {base} {value}（{change}）"
    report_comparison_word = "{word}：{why}"
    report_comparison_best = "最优值（全程{kind}）："
    report_comparison_against = "{run} 最优 {best}（对 {base} 为 {change}），约第 {step} 步"
    report_comparison_flattering = "{change}（单点最优对尾段均值：偏乐观）"
    report_comparison_takeaways = "要点："
    report_comparison_match = "{runs} 与 {base} 大致相当。"
    report_comparison_kind_lower = "最小值"
    report_comparison_kind_higher = "最大值"
    comma_clause = "，"
    report_differences_title = "主要差异"
    report_differences_suspects = "新运行改动了 {changes}。"
    report_differences_by = "{knob}（{times} 倍：{base} → {values}）"
    report_differences_together = "{knobs} 总是同时改动：这些运行无法区分它们。"
    report_differences_modest = "OT 超参小幅变动（{values}）"
    report_differences_shifted = "OT 超参有变动（{values}）"
    report_differences_cleared = "{knobs}：单独不足以解释变差（有健康运行改动同样大）"
    report_differences_alone = "{knobs}：单独改动时并未变差"
    report_differences_open = "{knobs}：无法与 {suspects} 区分开"
    report_differences_calm = "抖动没有爆发（训练 L1 最多为参照基线的 {l1} 倍，梯度范数最多 {grad} 倍），但 {metric} 变差：更像优化问题而非 OT 噪声。"
    report_differences_quiet = (
        "抖动没有爆发（训练 L1 最多为参照基线的 {l1} 倍，梯度范数最多 {grad} 倍）。"
    )
    report_differences_rough = (
        "抖动升高（训练 L1 最高为参照基线的 {l1} 倍，梯度范数最高 {grad} 倍）。"
    )
    report_experiments_title = "下一步实验"
    report_experiments_runs = "运行：{runs}。锚点：{anchor}。{hours}"
    report_experiments_hours = "预计耗时：依次运行约 {time}。"
    report_experiments_have = "已有：{have}。"
    report_experiments_value = "{v}（{runs}）"
    report_experiments_template = "同时改动 {n} 个旋钮，不能直接运行"
    report_experiments_none = "没有对应旋钮"
    report_experiments_head = ("模板键", "值", "本训练器的旋钮")
    report_jitter_title = "抖动诊断与对策"
    report_jitter_calm = (
        "抖动没有爆发：训练 L1 的抖动最多为参照基线的 {l1} 倍，梯度范数最多为 {grad} 倍。"
    )
    report_metrics_title = "指标摘要（关键曲线）"
    report_metrics_interpretation = "### 解读\n\n- last_mean/last_std：尾段窗口（{tail}）的均值与标准差，衡量收敛水平与稳定性；\n- slope_last：尾段每步的趋势斜率，负值表示仍在下降；\n- jitter：一阶差分（按序列中位数缩放）的标准差，越大表示抖动越强。"
    report_metrics_tail = "最后 {share:.0%}，至少 {least} 点、至多 {most} 点"
    report_postmortem_title = "事后分析：变差的根因"
    report_postmortem_baseline = "基线 "
    report_recommendations_title = "建议"
    report_recommendations_revert = "恢复为锚点 {anchor} 的取值：{values}。"
    report_recommendations_hold = "OT 设置保持锚点取值（{values}）；一次只扫描一个旋钮："
    report_recommendations_sweep = "{knob} ∈ {{{values}}}"
    report_recommendations_window = (
        "若想采用 window_size={value}（如 {run}），请在单独的运行中只改这一项。"
    )
    report_recommendations_preset = "保持 use_policy_training_preset=true：没有健康运行关闭过它。"
    report_recommendations_bound = (
        "没有证据时不要让 {knob} 超过 {bound}：健康运行试过的最大值为 {largest}。"
    )
    report_regression_title = "回归检查：最新 {n} 个运行与基线"
    report_regression_heads = ("最新 {n} 个", "基线")
    report_regression_because = "{change}（{why}）"
    report_regression_against = "相对 {base}{kind}：**{word}**，{change}"
    report_regression_neighbour = "（最近邻）"
    report_regression_noise = "{metric} 的种子噪声：{noise} %（{origin}）。"
    report_regression_origin_measured = "由 {groups} 实测"
    report_regression_origin_assumed = "假定值：没有任何配置跑过两个种子"
    report_runs_title = "运行"
    report_runs_baseline = "（基线）"
    report_summary_title = "摘要"
    report_summary_compared = "{runs}，对照 {bases}，指标为{metric}；{noise}。"
    report_summary_alone = "{runs}，未选择基线：不作判定。"
    report_summary_measured = "种子噪声 {noise} %（实测）"
    report_summary_assumed = "种子噪声 {noise} %（假定值：没有任何配置跑过两个种子）"
    report_summary_rollouts = "按试验次数判定"
    report_summary_one = "{run} {word}（{change}）"
    report_summary_many = "{n} 个{word}（{runs}）"
    report_summary_suspect = "首要嫌疑：{knobs}。"
    report_summary_together = "首要嫌疑：{knobs}；它们总是同时改动，这些运行无法区分。"
    report_summary_undecided = "首要嫌疑：{knobs}；这些运行无法区分。"
    report_summary_also = "{knobs}：单独改动时也变差。"
    report_summary_none = "变差的运行所改动的，健康运行也改动过：没有剩下嫌疑。"
    report_summary_finding = "先看 {run}：{finding}"
    report_summary_next = "下一步：{title}（{n} 个待运行{hours}）。"
    report_summary_hours = "，约 {time}"
    report_summary_more = "另有 {n} 个"
    full_stop = "。"
    sentence_gap = ""
    report_update_title = "ACT-OT 报告更新{at}"
    report_update_note = "- 备注：{note}"
    report_update_link = "- 链接：{link}"
    report_update_heads = ("- 配置：", "- 指标：")
    figures_curves = "{metric} 随步数的变化；灰色为基线"
    report_jitter_fix_batch_size = "小批量导致方差大：可增大 {knob}。"
    report_jitter_fix_reg = "熵正则 {knob} 过小会使传输计划尖锐并放大噪声：可上调一档。"
    report_jitter_fix_ot_every_n_steps = (
        "每步都算 OT 会把匹配随机性直接注入梯度：可隔几步计算一次。"
    )
    report_jitter_fix_lr = "降低 {knob} 或增加预热可使优化更平稳。"
    report_jitter_reading = "读图时：看尾段均值与斜率，不看单点。"
    figures_change = "相对 {base} 的变化（{unit}）"

    # Small words.
    colon = "："
    comma = "、"
    semicolon = "；"
    minutes = "{n} 分钟"
    hours = "{n} 小时"
    points = "个百分点"
    absent = "缺失"


TEXTS = Chinese()
