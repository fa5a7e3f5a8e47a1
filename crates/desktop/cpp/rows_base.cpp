#include "rows_base.h"
#include <array>

// In the order of Rust's `Text`, `Number` and `Flag`. Names that QML's items have already are avoided.
static constexpr int firstText = Qt::UserRole, firstNumber = firstText + 100, firstFlag = firstText + 200;
static constexpr std::array textNames { "key", "name", "address", "board", "system", "condition", "doing" };
static constexpr std::array numberNames { "kind", "share", "points", "tally" };
static constexpr std::array flagNames { "chosen", "fresh", "reboot", "open" };

QVariant RowsBase::data(const QModelIndex& index, int role) const
{
  if (!index.isValid() || index.row() >= total() || role < firstText)
    return {};
  if (role < firstNumber)
    return textAt(index.row(), role - firstText);
  if (role < firstFlag)
    return numberAt(index.row(), role - firstNumber);
  return numberAt(index.row(), role - firstNumber) != 0;
}

QHash<int, QByteArray> RowsBase::roleNames() const
{
  QHash<int, QByteArray> names;
  for (size_t at = 0; at < textNames.size(); ++at)
    names.insert(firstText + int(at), textNames[at]);
  for (size_t at = 0; at < numberNames.size(); ++at)
    names.insert(firstNumber + int(at), numberNames[at]);
  for (size_t at = 0; at < flagNames.size(); ++at)
    names.insert(firstFlag + int(at), flagNames[at]);
  return names;
}
