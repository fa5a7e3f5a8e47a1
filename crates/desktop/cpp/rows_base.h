#pragma once
#include <QtCore/QAbstractListModel>
#include <QtCore/QString>

// The rows of the table for QML, as far as C++ has to say it: a model's protected helpers, and QVariant. What a row holds
// is Rust's: the roles from FirstText on are asked for as text, those from FirstNumber and FirstFlag on as numbers.
class RowsBase : public QAbstractListModel
{
  Q_OBJECT
public:
  explicit RowsBase(QObject* parent = nullptr) : QAbstractListModel(parent) {}
  virtual int total() const = 0;
  virtual QString textAt(int row, int role) const = 0;
  virtual double numberAt(int row, int role) const = 0;

  int rowCount(const QModelIndex& = {}) const override { return total(); }
  QVariant data(const QModelIndex& index, int role) const override;
  QHash<int, QByteArray> roleNames() const override;

  void beginInsert(int first, int last) { beginInsertRows({}, first, last); }
  void endInsert() { endInsertRows(); }
  void beginRemove(int first, int last) { beginRemoveRows({}, first, last); }
  void endRemove() { endRemoveRows(); }
  void changed(int first, int last) { Q_EMIT dataChanged(index(first), index(last)); }
};
